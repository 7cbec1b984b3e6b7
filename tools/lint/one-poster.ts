import { isProduct, projectPath, type Rule } from './rule.ts';

const poster = 'src/turn/deliver.ts';
const method = 'postPart';

/** A turn posts at most once because one file posts; see docs/turn-states.md. */
export const onePoster: Rule = {
  meta: { type: 'problem', docs: { description: `Only ${poster} calls the posting method of the Intercom client.` } },
  create(context) {
    const file = projectPath(context);
    if (!isProduct(file) || file === poster) return {};

    const message = `Nothing is posted to Intercom outside ${poster}.`;
    return {
      MemberExpression(node) {
        if (!node.computed && node.property.name === method) context.report({ message, node: node.property });
      },
      ObjectPattern(node) {
        for (const property of node.properties) {
          if (property.type === 'Property' && property.key.type === 'Identifier' && property.key.name === method) {
            context.report({ message, node: property });
          }
        }
      },
    };
  },
};
