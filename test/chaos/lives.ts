/** Lives of the program: each starts, gets some messages and ends by SIGKILL. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { ServeProcess } from '../support/serve-process.ts';
import { until, type World } from './world.ts';

const crashingServe = [join(import.meta.dirname, 'crashing-serve.ts')];

/** A contact begins a conversation; gives its id. */
export const ask = ({ simulator }: World, about: number): string =>
  simulator.contactWrites({ html: `<p>Where is order ${about}?</p>` }).conversationId;

const drafts = ({ simulator }: World, conversationId: string): number =>
  simulator.conversation(conversationId)?.parts.filter(({ author }) => author.id === simulator.adminId).length ?? 0;

const PointLine = z.object({ point: z.string() });

/** The points that a message passes from its webhook to the end of its turn, each with its count: `2 after commit`. */
export async function listPoints(world: World): Promise<readonly string[]> {
  const serve = world.serve(crashingServe);
  await serve.listening;
  await world.greeted();
  const conversationId = ask(world, 0);
  assert.ok(await until(() => drafts(world, conversationId) > 0), `no draft; it said:\n${serve.said()}`);
  assert.ok(await until(async () => (await world.liveTurns()) === 0), `a turn has no end; it said:\n${serve.said()}`);
  await serve.stop();
  const lines = serve.output().split('\n');
  const points = lines.filter((line) => line.startsWith('{"point"')).map((line) => PointLine.parse(JSON.parse(line)));
  const passed = points.map(({ point }) => point);
  // What follows a call of the start is passed once and no more.
  return passed.filter((point) => !point.includes(' after ') || passed.includes(begins(point)));
}

const begins = (point: string): string => point.replace('after', 'before');

/** A message or two get lost in polls that pass the point once less than at the count; more never. */
const messagesMax = 5;
/** From the draft to the end of its turn. */
const settlingMs = 300;

/** One life that ends at a point, or by a kill when it does not come there. */
export async function dieAtPoint(
  world: World,
  point: string,
): Promise<{ readonly conversationIds: readonly string[]; readonly hasDied: boolean }> {
  const serve = world.serve(crashingServe, { CRASH_AT: point });
  const life = { isOver: false };
  void serve.exited.then(() => (life.isOver = true));
  await serve.listening;
  void world.deliverTheRest();
  const conversationIds: string[] = [];
  for (let message = 0; message < messagesMax; message += 1) {
    const conversationId = ask(world, message);
    conversationIds.push(conversationId);
    await until(() => life.isOver || drafts(world, conversationId) > 0);
    if (await until(() => life.isOver, settlingMs)) return { conversationIds, hasDied: true };
  }
  await serve.kill();
  return { conversationIds, hasDied: false };
}

/** Where in a message's path a process is killed: after so many of these, counted from its start. */
const moments = {
  starting: () => 0,
  'webhooks answered': (world: World) => world.acknowledged().size,
  'conversations read': ({ simulator }: World) =>
    simulator.requests.filter(({ method, path }) => method === 'GET' && path.startsWith('/conversations/')).length,
  'drafts asked for': ({ modelServer }: World) => modelServer.chats.length,
  'drafts posted': ({ simulator }: World) => simulator.requests.filter(({ method }) => method === 'POST').length,
} as const;
export type Moment = keyof typeof moments;
export const momentNames = Object.keys(moments) as Moment[];

/** Kills it in the very call that posts a draft: Intercom has it, and nobody hears of it. */
async function killWithinPost({ simulator }: World, serve: ServeProcess, write: () => void): Promise<void> {
  let killing: Promise<void> | undefined;
  const endWatch = simulator.onChange((change) => {
    if (change.kind === 'part' && change.part.author.id === simulator.adminId) killing ??= serve.kill();
  });
  write();
  const hasPosted = await until(() => killing !== undefined);
  endWatch();
  assert.ok(hasPosted, `no draft was posted; it said:\n${serve.said()}`);
  await killing;
}

/** One life that gets some messages at once and is killed at a moment drawn by lot. @returns the conversations it began */
export async function dieAtMoment(
  world: World,
  moment: Moment,
  messages: number,
  random: () => number,
): Promise<readonly string[]> {
  const serve = world.serve();
  const begun: string[] = [];
  const write = (): void => {
    for (let count = 0; count < messages; count += 1) begun.push(ask(world, count));
  };
  if (moment === 'starting') {
    await wait(random() * 600);
    write();
    await serve.kill();
    return begun;
  }
  await serve.listening;
  void world.deliverTheRest();
  const count = moments[moment];
  const target = count(world) + 1 + Math.floor(random() * messages * 0.7);
  if (moment === 'drafts posted' && random() < 0.5) {
    await killWithinPost(world, serve, write);
    return begun;
  }
  write();
  const hasCome = await until(() => count(world) >= target);
  assert.ok(hasCome, `not enough ${moment}; it said:\n${serve.said()}`);
  if (random() < 0.5) await wait(random() * 20);
  await serve.kill();
  return begun;
}

/** While nothing runs, the conversation goes on, or not: the next life hears of it late. */
export function goOn({ simulator }: World, conversationId: string, random: () => number): void {
  const lot = random();
  if (lot < 0.15) simulator.contactWrites({ conversationId, html: '<p>It is urgent.</p>' });
  else if (lot < 0.3) simulator.teammateWrites({ conversationId, html: '<p>I am looking into it.</p>' });
}
