/**
 * Intercom at its worst, against the real program on both databases: notifications come again, late, in any order, under
 * a second topic, to either of two instances whose clocks differ; posts are lost, instances stall and go on. After each
 * step of each story the promises of docs/turn-states.md must hold. `CHAOS_STORIES` tells more stories and
 * `CHAOS_SEED` others; without it they are the same at each run.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fc } from '../support/fast-check.ts';
import type { DatabaseSource } from '../../src/store/open.ts';
import { startPostgres } from '../support/postgres.ts';
import { type Instances, startInstances } from './instances.ts';
import { checkRest, checkStep, look } from './rules.ts';
import { anyStory, bringToRest, perform, type Story } from './steps.ts';

const numRuns = Number(process.env['CHAOS_STORIES'] ?? 30);
const seed = Number(process.env['CHAOS_SEED'] ?? 4711);

async function tell({ mode, skews, steps }: Story, world: Instances): Promise<void> {
  const { simulator, clock } = world;
  world.setMode(mode);
  clock.skew(skews);
  const { conversationId } = simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
  let before = await look(world, conversationId);
  for (const step of steps) {
    await perform(step, conversationId, world);
    const now = await look(world, conversationId);
    checkStep(before, now, simulator.adminId);
    before = now;
  }
  await bringToRest(conversationId, world);
  const atRest = await look(world, conversationId);
  checkStep(before, atRest, simulator.adminId);
  checkRest(atRest, simulator.adminId);
  await world.forgetStalled();
}

async function tellStories(source: DatabaseSource): Promise<void> {
  await using world = await startInstances(source);
  await fc.assert(
    fc.asyncProperty(anyStory, async (story) => await tell(story, world)),
    { numRuns, seed },
  );
}

const server = await startPostgres();
if ('url' in server) after(async () => await server[Symbol.asyncDispose]());
const skip = 'unavailable' in server ? server.unavailable : false;

describe('however badly Intercom delivers, every promise holds after every step', () => {
  test('on SQLite', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sidenote-chaos-'));
    try {
      await tellStories({ kind: 'sqlite', path: join(folder, 'sidenote.sqlite') });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('on PostgreSQL', { skip }, async () => {
    if ('url' in server) await tellStories(await server.freshSchema());
  });
});
