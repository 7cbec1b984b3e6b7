/** One message that kills every process which works on it, among many that do not. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { startPostgres } from '../support/postgres.ts';
import { ask } from './lives.ts';
import { createWorld, until, type World, type WorldOptions } from './world.ts';

const crashingServe = [join(import.meta.dirname, 'crashing-serve.ts')];
const deadlyWords = 'that kills';
const innocents = 30;
/** Far more than it takes. */
const livesMax = 40;

/** Starts it again whenever it has died, as a service manager does, until no turn is live. @returns how often it died */
async function crashLoop(world: World): Promise<number> {
  for (let deaths = 0; deaths < livesMax; deaths += 1) {
    const serve = world.serve(crashingServe, { CRASH_AT: 'never', CRASH_ON: deadlyWords });
    const life = { isOver: false };
    void serve.exited.then(() => (life.isOver = true));
    await serve.listening.catch(() => undefined); // it may die of what an earlier life has left
    const isDone = async (): Promise<boolean> =>
      (await world.deliverTheRest()) === 0 && (await world.liveTurns().catch(() => 1)) === 0;
    await until(async () => life.isOver || (await isDone()));
    if (!life.isOver) {
      await serve.stop();
      return deaths;
    }
    await world.endLeases();
  }
  assert.fail('turns are still live');
}

async function poison(options: WorldOptions): Promise<void> {
  await using world = await createWorld(options);
  const { simulator } = world;
  const ids = Array.from({ length: innocents / 2 }, (_, index) => ask(world, index));
  const { conversationId } = simulator.contactWrites({ html: `<p>The message ${deadlyWords}.</p>` });
  ids.push(...Array.from({ length: innocents / 2 }, (_, index) => ask(world, index)));
  await simulator.webhooks.idle();

  const deaths = await crashLoop(world);

  assert.deepEqual(await world.deadConversations(), [conversationId]);
  assert.deepEqual(ids.filter((id) => simulator.notes(id).length !== 1), []); // prettier-ignore
  assert.deepEqual(simulator.notes(conversationId), []);
  assert.equal(deaths, 8);
}

const server = await startPostgres();
if ('url' in server) after(async () => await server[Symbol.asyncDispose]());
const skip = 'unavailable' in server ? server.unavailable : false;

describe(
  'one message that kills every process which works on it costs none of the thirty beside it its note',
  { concurrency: true },
  () => {
    test('on SQLite', async () => {
      await poison({});
    });

    test('on PostgreSQL', { skip }, async () => {
      assert.ok('url' in server);
      await poison({ databaseUrl: server.url });
    });
  },
);
