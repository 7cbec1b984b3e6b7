import assert from 'node:assert/strict';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type CommandBench, noteIn, startCommandBench } from '../support/command-bench.ts';
import { startPostgres } from '../support/postgres.ts';

const server = await startPostgres();
const skip = 'unavailable' in server ? server.unavailable : false;
if (!('unavailable' in server)) after(async () => await server[Symbol.asyncDispose]());

type Load = { readonly ids: readonly string[]; end(): Promise<void> };

/** A new contact writes each time the one before has got a note, or every 50 ms where none comes. */
function keepWriting({ simulator }: CommandBench): Load {
  const ids: string[] = [];
  const ending = new AbortController();
  const write = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const { conversationId } = simulator.contactWrites({
        contactName: `Contact ${ids.length}`,
        html: '<p>Hello</p>',
      });
      ids.push(conversationId);
      await Promise.race([noteIn(simulator, conversationId), new Promise((resolve) => setTimeout(resolve, 50))]);
    }
  };
  const writing = write();
  return {
    ids,
    end: async () => {
      ending.abort();
      await writing;
    },
  };
}

const doubled = ({ simulator }: CommandBench, ids: readonly string[]): readonly string[] =>
  ids.filter((id) => simulator.notes(id).length !== 1);

test(
  'all data moves from SQLite to PostgreSQL while messages come in, and no note is lost or doubled',
  { skip },
  async () => {
    if ('unavailable' in server) return;
    await using bench = await startCommandBench();
    const source = await server.freshSchema();
    const schema = source.kind === 'postgres' ? (source.schema ?? '') : '';
    const url = `${server.url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`;
    const old = await bench.serve();
    const load = keepWriting(bench);
    await noteIn(bench.simulator, load.ids[0] ?? '');

    const moved = await bench.run(['move', '--to', url]);
    const countThen = load.ids.length;
    await old.printed(/the data was moved to PostgreSQL/);
    while (load.ids.length < countThen + 3) await new Promise(setImmediate);
    await load.end();
    old.kill('SIGTERM');
    await old.exited;
    const again = await bench.run(['serve']);
    await bench.serve({ DATABASE_URL: url });
    await bench.simulator.webhooks.retryNow();
    await Promise.all(load.ids.map(async (id) => await noteIn(bench.simulator, id)));

    assert.equal(moved.code, 0, moved.output);
    assert.match(moved.output, /^All \d+ rows of SQLite, .+ are in PostgreSQL, .+ now/);
    assert.equal(again.code, 1);
    assert.match(again.output, /The data was moved to PostgreSQL, .+: set DATABASE_URL to it\./);
    assert.deepEqual(doubled(bench, load.ids), []);
  },
);

test('a backup that is made while messages come in can be gone on with, and no note is doubled', async () => {
  await using bench = await startCommandBench();
  const first = await bench.serve();
  const load = keepWriting(bench);
  await noteIn(bench.simulator, load.ids[0] ?? '');

  const backedUp = await bench.run(['backup', 'now.backup']);
  await load.end();
  await Promise.all(load.ids.map(async (id) => await noteIn(bench.simulator, id)));
  first.kill('SIGTERM');
  await first.exited;
  const refused = await bench.run(['restore', 'now.backup']);
  await rename(join(bench.folder, 'data'), join(bench.folder, 'broken'));
  const restored = await bench.run(['restore', 'now.backup']);
  await bench.serve();
  const { conversationId } = bench.simulator.contactWrites({ contactName: 'Zoe', html: '<p>Hello</p>' });
  await noteIn(bench.simulator, conversationId);
  await rm(join(bench.folder, 'broken'), { recursive: true });

  assert.equal(backedUp.code, 0, backedUp.output);
  assert.match(backedUp.output, /^now\.backup holds all \d+ rows of SQLite/);
  assert.equal(refused.code, 1);
  assert.match(refused.output, /holds tables already, and nothing is overwritten/);
  assert.equal(restored.code, 0, restored.output);
  assert.deepEqual(doubled(bench, [...load.ids, conversationId]), []);
});
