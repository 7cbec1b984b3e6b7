/**
 * The long form: `npm run test:chaos`. `CHAOS_KILLS` (default 300) kills in all, on SQLite and on PostgreSQL, once where
 * drafts become notes and once where they become replies; `CHAOS_SEED` repeats a run. Prints a table for each, and
 * ends with exit code 1 when anything was lost, doubled or stale.
 */
import { randomInt } from 'node:crypto';
import { runSql, startPostgres } from '../support/postgres.ts';
import { type ChaosPlan, killAndCount } from './chaos.ts';
import { renderRows, type Row, sumRows } from './verdict.ts';

const kills = Number(process.env['CHAOS_KILLS'] ?? 300);
const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31));
const modes = ['note', 'reply'] as const;
/** Of the kills; the others come at random moments. */
const shareAtPoints = 0.65;

await using stack = new AsyncDisposableStack();
const server = await startPostgres();
if ('url' in server) stack.use(server);

type Suite = { readonly name: string; readonly plan: Omit<ChaosPlan, 'killsAtPoints' | 'killsAtMoments'> };

async function suitesOn(mode: (typeof modes)[number]): Promise<readonly Suite[]> {
  const sqlite: Suite = { name: `SQLite, ${mode}`, plan: { mode, seed } };
  if ('unavailable' in server) return [sqlite];
  await runSql(server.url, `create database chaos_${mode}`);
  const databaseUrl = server.url.replace(/postgres$/, `chaos_${mode}`);
  return [sqlite, { name: `PostgreSQL, ${mode}`, plan: { mode, seed, databaseUrl } }];
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function run({ name, plan }: Suite, killsMax: number): Promise<Row> {
  const startedAt = performance.now();
  const killsAtPoints = Math.round(killsMax * shareAtPoints);
  const rows = await killAndCount({ ...plan, killsAtPoints, killsAtMoments: killsMax - killsAtPoints });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  const total = sumRows(name, rows);
  print(`\n${name} (${seconds} s)\n\n${renderRows([...rows, { ...total, name: 'all' }])}`);
  return total;
}

print(`CHAOS_SEED=${seed} repeats this run.`);
if ('unavailable' in server) print(server.unavailable);
const totals: Row[] = [];
for (const mode of modes) {
  const suites = await suitesOn(mode);
  const killsEach = Math.ceil(kills / (suites.length * modes.length));
  totals.push(...(await Promise.all(suites.map(async (suite) => await run(suite, killsEach)))));
}
const all = sumRows('all', totals);
print(`\n${renderRows([...totals, all])}`);
if (all.lost + all.doubled + all.stale > 0) process.exitCode = 1;
