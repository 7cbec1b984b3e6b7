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

/** So many refused webhooks are enough: each waits to be delivered again. */
const refusedMax = 10;

/** A new contact writes each time the one before has got a note, or its webhook was refused. */
function keepWriting(bench: CommandBench): Load {
  const { simulator } = bench;
  const ids: string[] = [];
  const ended = Promise.withResolvers<'ended'>();
  const write = async (): Promise<void> => {
    for (let refused = 0; refused < refusedMax;) {
      const id = writeAs(bench, `Contact ${ids.length}`);
      ids.push(id);
      const noted = noteIn(simulator, id).then(() => 'noted' as const);
      const outcome = await Promise.race([noted, refusal(bench), ended.promise]);
      if (outcome === 'ended') return;
      if (outcome === 'refused') refused += 1;
    }
  };
  const writing = write();
  return {
    ids,
    end: async () => {
      ended.resolve('ended');
      await writing;
    },
  };
}

const writeAs = ({ simulator }: CommandBench, contactName: string): string =>
  simulator.contactWrites({ contactName, html: '<p>Hello</p>' }).conversationId;

/** Resolves when the webhooks under way were answered and the last answer was no 200; else never. */
async function refusal({ simulator: { webhooks } }: CommandBench): Promise<'refused'> {
  await webhooks.idle();
  if (webhooks.log.at(-1)?.status !== 200) return 'refused';
  return await new Promise(() => undefined);
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
    await load.end();
    const late = ['Xena', 'Yara', 'Zoe'].map((name) => writeAs(bench, name));
    await bench.simulator.webhooks.idle();
    await old.printed(/the data was moved to PostgreSQL/);
    old.kill('SIGTERM');
    await old.exited;
    const again = await bench.run(['serve']);
    await bench.serve({ DATABASE_URL: url });
    await bench.simulator.webhooks.retryNow();
    const ids = [...load.ids, ...late];
    await Promise.all(ids.map(async (id) => await noteIn(bench.simulator, id)));

    assert.equal(moved.code, 0, moved.output);
    assert.match(moved.output, /^All \d+ rows of SQLite, .+ are in PostgreSQL, .+ now/);
    assert.equal(again.code, 1);
    assert.match(again.output, /The data was moved to PostgreSQL, .+: set DATABASE_URL to it\./);
    assert.deepEqual(doubled(bench, ids), []);
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
  const conversationId = writeAs(bench, 'Zoe');
  await noteIn(bench.simulator, conversationId);
  await rm(join(bench.folder, 'broken'), { recursive: true });

  assert.equal(backedUp.code, 0, backedUp.output);
  assert.match(backedUp.output, /^now\.backup holds all \d+ rows of SQLite/);
  assert.equal(refused.code, 1);
  assert.match(refused.output, /holds tables already, and nothing is overwritten/);
  assert.equal(restored.code, 0, restored.output);
  assert.deepEqual(doubled(bench, [...load.ids, conversationId]), []);
});
