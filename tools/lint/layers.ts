import { importedFile, isProduct, projectPath, visitImports, type Rule } from './rule.ts';

const base = ['lib', 'domain'];
const edges = [...base, 'intercom', 'llm', 'store'];
const settings = ['config.ts', 'policy-file'];
const services = [...edges, ...settings, 'events.ts', 'kill-switch.ts', 'queue', 'knowledge'];
const stages = [...services, 'safety', 'turn', 'inbox'];

/** The wall: what each folder or file directly under `src/` may import, besides itself. */
const mayImport: ReadonlyMap<string, readonly string[]> = new Map([
  ['lib', []],
  ['domain', ['lib']],
  ['intercom', base],
  ['safety', base],
  ['llm', [...base, 'safety']],
  ['store', base],
  ['config.ts', edges],
  ['policy-file', edges],
  ['events.ts', edges],
  ['kill-switch.ts', edges],
  ['queue', edges],
  ['knowledge', edges],
  ['backup', edges],
  ['housekeeping.ts', services],
  ['knowledge-service.ts', services],
  ['retrieval-models.ts', services],
  ['sweeping.ts', [...services, 'inbox']],
  ['turn', services],
  ['inbox', services],
  ['web', stages],
  ['model-wiring.ts', stages],
  ['wiring.ts', [...stages, 'model-wiring.ts']],
  [
    'app',
    [
      ...stages,
      'web',
      'housekeeping.ts',
      'knowledge-service.ts',
      'retrieval-models.ts',
      'sweeping.ts',
      'wiring.ts',
      'model-wiring.ts',
    ],
  ],
  ['cli', [...stages, 'backup', 'retrieval-models.ts', 'wiring.ts', 'app']],
  ['main.ts', [...stages, 'app', 'cli']],
]);

/** The demo is the product beside its simulated Intercom, so this one file knows both. */
const bridge = { from: 'src/cli/demo.ts', to: 'simulator/server.ts' };

const simulatorProblem =
  'The simulator imports nothing from src/, so that one misunderstanding of Intercom cannot sit on both sides.';

/** Says what is wrong with `from` importing `to` (paths from the root), or `undefined` when all is well. */
function layerProblem(from: string, to: string): string | undefined {
  const [fromRoot = '', fromLayer = ''] = from.split('/');
  const [toRoot = '', toLayer = ''] = to.split('/');
  if (fromRoot === 'simulator') return toRoot === 'src' ? simulatorProblem : undefined;
  if (!isProduct(from)) return undefined;
  if (from === bridge.from && to === bridge.to) return undefined;
  if (toRoot !== 'src') return `src/ imports nothing from outside src/; ${to} is outside.`;
  const allowed = mayImport.get(fromLayer);
  if (allowed === undefined) return `src/${fromLayer} has no place in the layers: give it one in tools/lint/layers.ts.`;
  if (fromLayer === toLayer || allowed.includes(toLayer)) return undefined;
  const list = allowed.length === 0 ? 'nothing of ours' : allowed.join(', ');
  return `src/${fromLayer} may not import src/${toLayer}. It may import: ${list}.`;
}

export const layers: Rule = {
  meta: { type: 'problem', docs: { description: 'Folders are layers; imports point one way.' } },
  create(context) {
    const from = projectPath(context);
    return visitImports(({ specifier, node }) => {
      const to = importedFile(context, specifier);
      const message = to === undefined ? undefined : layerProblem(from, to);
      if (message !== undefined) context.report({ message, node });
    });
  },
};
