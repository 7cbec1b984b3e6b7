import path from 'node:path';
import type { RuleTester } from 'oxlint/plugins-dev';

/** oxlint publishes no names for these types, so they are read off its rule tester. */
export type Rule = Extract<Parameters<RuleTester['run']>[1], { create: unknown }>;
export type Context = Parameters<Rule['create']>[0];
export type Visitor = ReturnType<Rule['create']>;
type NodeOf<Type extends keyof Visitor> = Parameters<NonNullable<Visitor[Type]>>[0];
export type Expression = NodeOf<'CallExpression'>['callee'];

/** The linted file relative to the project's root, with `/`; empty when it lies outside. */
export function projectPath(context: Context): string {
  return relativeToRoot(context, context.filename);
}

/** True for a test, a suite shared by tests, and everything under `test/`. */
export function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || file.endsWith('.suite.ts') || file.startsWith('test/');
}

/** True for a file of the product itself: in `src/` and no test. */
export function isProduct(file: string): boolean {
  return file.startsWith('src/') && !isTest(file);
}

/** Where a relative import leads, in the form of `projectPath`; `undefined` for a package or a `node:` module. */
export function importedFile(context: Context, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return relativeToRoot(context, path.resolve(path.dirname(context.filename), specifier));
}

function relativeToRoot(context: Context, file: string): string {
  const relative = path.relative(context.cwd, file);
  return relative.startsWith('..') ? '' : relative.split(path.sep).join('/');
}

/** Where a complaint points to. */
export type Place = NonNullable<Parameters<Context['report']>[0]['node']>;

export type Import = {
  readonly specifier: string;
  /** `import type …`, `export type … from` and `import('…').Name`: nothing is loaded for these. */
  readonly isTypeOnly: boolean;
  readonly node: Place;
};

/** Calls `onImport` for every way in which a module names another one. */
export function visitImports(onImport: (found: Import) => void): Visitor {
  return {
    ImportDeclaration(node) {
      onImport({ specifier: node.source.value, isTypeOnly: node.importKind === 'type', node });
    },
    ExportNamedDeclaration(node) {
      if (node.source) onImport({ specifier: node.source.value, isTypeOnly: node.exportKind === 'type', node });
    },
    ExportAllDeclaration(node) {
      onImport({ specifier: node.source.value, isTypeOnly: node.exportKind === 'type', node });
    },
    ImportExpression(node) {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string') {
        onImport({ specifier: node.source.value, isTypeOnly: false, node });
      }
    },
    TSImportType(node) {
      onImport({ specifier: node.source.value, isTypeOnly: true, node });
    },
  };
}

/** Every use of a name in `names` that the file does not declare itself. Uses in types (`typeof fetch`) don't count. */
export function globalUses(
  context: Context,
  names: ReadonlySet<string>,
): readonly { readonly name: string; readonly node: Place }[] {
  const { globalScope } = context.sourceCode.scopeManager;
  if (globalScope === null) return [];
  const known = globalScope.variables.filter((variable) => variable.defs.length === 0);
  const references = [...globalScope.through, ...known.flatMap((variable) => variable.references)];
  return references
    .map((reference) => reference.identifier)
    .filter((node) => names.has(node.name) && node.parent.type !== 'TSTypeQuery')
    .map((node) => ({ name: node.name, node }));
}
