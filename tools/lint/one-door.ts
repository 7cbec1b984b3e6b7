import { globalUses, isProduct, projectPath, visitImports, type Rule } from './rule.ts';

const door = 'src/lib/outbound.ts';

/** Modules that open or accept connections, and the one place in `src/` that may load each. */
const places: ReadonlyMap<string, string> = new Map([
  ['undici', door],
  ['http', door],
  ['https', door],
  ['http2', door],
  ['net', door],
  ['tls', door],
  ['dgram', door],
  ['@hono/node-server', 'src/web/'],
  ['pg', 'src/store/'],
  ['sqlite', 'src/store/'],
]);

/** Globals that open a connection past the door. */
const clients: ReadonlySet<string> = new Set(['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest']);

const pastTheDoor = (name: string): string => `The global \`${name}\` goes past ${door}: take a client as an argument.`;

/** "No customer data leaves" is provable only while there is one way out. */
export const oneDoor: Rule = {
  meta: { type: 'problem', docs: { description: `Only ${door} opens connections to other machines.` } },
  create(context) {
    const file = projectPath(context);
    if (!isProduct(file)) return {};

    return {
      ...visitImports(({ specifier, isTypeOnly, node }) => {
        const name = specifier.replace(/^node:/, '');
        const place = places.get(name);
        if (isTypeOnly || place === undefined || file.startsWith(place)) return;
        context.report({
          message: `\`${specifier}\` is loaded only in ${place} (\`import type\` is fine anywhere).`,
          node,
        });
      }),
      Program() {
        for (const { name, node } of globalUses(context, clients)) {
          context.report({ message: pastTheDoor(name), node });
        }
      },
      MemberExpression(node) {
        const isOfGlobal = node.object.type === 'Identifier' && node.object.name === 'globalThis';
        if (!isOfGlobal || node.computed || !clients.has(node.property.name)) return;
        context.report({ message: pastTheDoor(node.property.name), node });
      },
    };
  },
};
