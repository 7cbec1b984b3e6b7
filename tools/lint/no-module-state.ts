import { isTest, projectPath, type Expression, type Rule } from './rule.ts';

const containers: ReadonlySet<string> = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Array']);

/** An empty container at the top of a module has one use: to be filled later. */
function isEmptyContainer(value: Expression): boolean {
  if (value.type === 'ArrayExpression') return value.elements.length === 0;
  if (value.type === 'ObjectExpression') return value.properties.length === 0;
  if (value.type !== 'NewExpression' || value.callee.type !== 'Identifier') return false;
  return containers.has(value.callee.name) && value.arguments.length === 0;
}

/** State that lives in a module can't be given to a test, and two apps in one process share it. */
export const noModuleState: Rule = {
  meta: { type: 'problem', docs: { description: 'No module-level mutable state.' } },
  create(context) {
    const file = projectPath(context);
    // A page's own script lives as long as the page, so only what runs in Node.js is looked at.
    if (isTest(file) || !/^(?:src|simulator)\/.*\.ts$/.test(file)) return {};

    return {
      VariableDeclaration(node) {
        const isTop = node.parent.type === 'Program' || node.parent.type === 'ExportNamedDeclaration';
        if (!isTop || node.declare) return;
        if (node.kind === 'let' || node.kind === 'var') {
          context.report({ message: 'No module-level `let`: hold state in a value that its user creates.', node });
          return;
        }
        for (const { init } of node.declarations) {
          if (init !== null && isEmptyContainer(init)) {
            context.report({
              message: 'An empty container at module level is shared state: create it where it is used.',
              node,
            });
          }
        }
      },
    };
  },
};
