/** The short form of the chaos suite; `npm run test:chaos` kills ten times as often. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, describe, type TestContext, test } from 'node:test';
import { killAndCount } from '../chaos/chaos.ts';
import { sumRows } from '../chaos/verdict.ts';
import type { WorldOptions } from '../chaos/world.ts';
import { startPostgres } from '../support/postgres.ts';

const kills = { killsAtMoments: 10, killsAtPoints: 16 };

/** `CHAOS_SEED` repeats a run. */
const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31));

async function killAndJudge(t: TestContext, options: WorldOptions): Promise<void> {
  const rows = await killAndCount({ ...options, ...kills, seed });
  const { name: _, ...total } = sumRows('', rows);
  t.diagnostic(`seed ${seed} (CHAOS_SEED=${seed} repeats it): ${JSON.stringify(total)}`);
  const { lost, doubled, stale } = total;
  assert.deepEqual({ lost, doubled, stale }, { lost: 0, doubled: 0, stale: 0 }, JSON.stringify(rows));
  assert.equal(total.kills, kills.killsAtMoments + kills.killsAtPoints);
}

const server = await startPostgres();
if ('url' in server) after(async () => await server[Symbol.asyncDispose]());
const skip = 'unavailable' in server ? server.unavailable : false;

describe(
  'killed again and again, Sidenote drafts for every message, every one of them noted once',
  { concurrency: true },
  () => {
    test('on SQLite', async (t) => await killAndJudge(t, {}));

    test('on PostgreSQL, posting replies', { skip }, async (t) => {
      assert.ok('url' in server);
      await killAndJudge(t, { databaseUrl: server.url, mode: 'reply' });
    });
  },
);
