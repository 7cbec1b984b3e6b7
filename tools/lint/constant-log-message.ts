import { isProduct, projectPath, type Expression, type Rule } from './rule.ts';

const levels: ReadonlySet<string> = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);

/** True for `log.info`, `this.log.warn`, `deps.#logger.error`: a level of something called log or logger. */
function isLogMethod(callee: Expression): boolean {
  if (callee.type !== 'MemberExpression' || callee.computed || !levels.has(callee.property.name)) return false;
  const owner = callee.object;
  if (owner.type === 'Identifier') return /^log(?:ger)?$/.test(owner.name);
  return owner.type === 'MemberExpression' && !owner.computed && /^log(?:ger)?$/.test(owner.property.name);
}

/** Only a constant can be searched for and counted, and no customer's word can slip into it. */
export const constantLogMessage: Rule = {
  meta: { type: 'problem', docs: { description: 'Log messages are constant; what varies is a field.' } },
  create(context) {
    if (!isProduct(projectPath(context))) return {};

    return {
      CallExpression(node) {
        if (!isLogMethod(node.callee)) return;
        const [first, second] = node.arguments;
        const message = second ?? first;
        const isConstant =
          (message?.type === 'Literal' && typeof message.value === 'string') ||
          (message?.type === 'TemplateLiteral' && message.expressions.length === 0);
        if (isConstant && node.arguments.length <= 2) return;
        context.report({
          message: "Log a constant message and put what varies in fields: `log.info({ id }, 'text')`.",
          node,
        });
      },
    };
  },
};
