/**
 * The whole gate: `npm run check`. Each step runs to its end, so that one run shows everything that is wrong.
 * A step that passes prints one line; a step that fails prints what it said. `CHECK_SKIP_TESTS=1` leaves the
 * tests out, for a run right after `npm test`.
 */
import { spawnSync } from 'node:child_process';

type Step = { readonly name: string; readonly command: readonly [string, ...string[]]; readonly isLoud?: boolean };

const steps: readonly Step[] = [
  { name: 'types', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lint', command: ['oxlint'] },
  { name: 'format', command: ['oxfmt', '--check'] },
  { name: 'unused code', command: ['knip', '--no-progress'] },
];
const tests: Step = { name: 'tests', command: ['npm', 'test'], isLoud: true };

function run({ name, command: [program, ...args], isLoud = false }: Step): boolean {
  const startedAt = performance.now();
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: isLoud ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const isGood = status === 0;
  if (!isGood && !isLoud && error === undefined) console.log(`${stdout}${stderr}`.trim());
  if (error !== undefined) console.log(`Could not run ${program} (${error.message}): run \`npm ci\`, then this again.`);
  console.log(`${isGood ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return isGood;
}

const isWithoutTests = process.env['CHECK_SKIP_TESTS'] === '1';
const outcomes = (isWithoutTests ? steps : [...steps, tests]).map(run);

if (isWithoutTests) console.log('skipped tests (CHECK_SKIP_TESTS=1)');
if (outcomes.includes(false)) {
  console.log(
    'The check failed; the steps marked FAILED say why. `npm run fix` repairs what can be repaired by itself.',
  );
  process.exitCode = 1;
}
