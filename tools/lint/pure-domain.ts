import { globalUses, isProduct, projectPath, visitImports, type Rule } from './rule.ts';

const impureGlobals: ReadonlySet<string> = new Set([
  'console',
  'crypto',
  'fetch',
  'performance',
  'process',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
]);

/** The domain decides; it reads no clock, throws no dice and loads nothing but our own code. */
export const pureDomain: Rule = {
  meta: { type: 'problem', docs: { description: 'src/domain/ is pure: no I/O, no clock, no chance, no packages.' } },
  create(context) {
    const file = projectPath(context);
    if (!isProduct(file) || !file.startsWith('src/domain/')) return {};

    const clock = 'The domain has no clock: take `now` as an argument.';
    return {
      ...visitImports(({ specifier, node }) => {
        if (specifier.startsWith('.')) return;
        context.report({ message: `The domain imports only our own code, not \`${specifier}\`.`, node });
      }),
      NewExpression(node) {
        const isDate = node.callee.type === 'Identifier' && node.callee.name === 'Date';
        if (isDate && node.arguments.length === 0) context.report({ message: clock, node });
      },
      CallExpression(node) {
        const { callee } = node;
        if (callee.type === 'Identifier' && callee.name === 'Date') context.report({ message: clock, node });
        if (callee.type !== 'MemberExpression' || callee.computed || callee.object.type !== 'Identifier') return;
        const called = `${callee.object.name}.${callee.property.name}`;
        if (called === 'Date.now') context.report({ message: clock, node });
        if (called === 'Math.random') {
          context.report({ message: 'The domain throws no dice: take the random number as an argument.', node });
        }
      },
      Program() {
        for (const { name, node } of globalUses(context, impureGlobals)) {
          context.report({ message: `The domain has no I/O: \`${name}\` belongs further out.`, node });
        }
      },
    };
  },
};
