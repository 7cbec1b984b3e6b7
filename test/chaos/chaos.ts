/**
 * The promise that counts most, tried on the real program: whatever dies at whatever moment, every webhook that was
 * answered with 200 gets its draft, gets it once, and gets none when the conversation has moved on.
 */
import assert from 'node:assert/strict';
import type { SimulatedConversation } from '../../simulator/model.ts';
import { createRandom } from '../support/random.ts';
import { dieAtMoment, dieAtPoint, goOn, listPoints, type Moment, momentNames } from './lives.ts';
import { judge, type Row, sumRows } from './verdict.ts';
import { createWorld, until, type World, type WorldOptions } from './world.ts';

export type ChaosPlan = WorldOptions & {
  /** At a random moment of a life with several messages. */
  readonly killsAtMoments: number;
  /** At an await point of a turn: all of them in turn, in an order drawn by lot. */
  readonly killsAtPoints: number;
  /** Same seed, same moments, as far as processes allow. */
  readonly seed: number;
};

type Life = { readonly name: string; readonly begun: readonly string[] };

/** Kills as planned, lets a last Sidenote finish what is left, and gives a row for each point. */
export async function killAndCount(plan: ChaosPlan): Promise<readonly Row[]> {
  await using world = await createWorld(plan);
  const random = createRandom(plan.seed);
  const lives: Life[] = [];
  for (const kill of drawKills(plan, await listPoints(world), random)) {
    const begun =
      kill.kind === 'moment'
        ? await dieAtMoment(world, kill.name, 1 + Math.floor(random() * 7), random)
        : await dieAtPointAtLast(world, kill.name);
    for (const conversationId of begun) goOn(world, conversationId, random);
    lives.push({ name: kill.kind === 'moment' ? `random: ${kill.name}` : kill.name, begun });
  }
  await finish(world);
  return rowsOf(world, lives);
}

const triesMax = 15;

/** What a process does once may be over when the first message comes, where it had turns of earlier lives to finish. */
async function dieAtPointAtLast(world: World, point: string): Promise<readonly string[]> {
  const begun: string[] = [];
  for (let tries = 0; tries < triesMax; tries += 1) {
    const { conversationIds, hasDied } = await dieAtPoint(world, point);
    begun.push(...conversationIds);
    if (hasDied) return begun;
  }
  throw new Error(`The point "${point}" was not passed in ${triesMax} lives.`);
}

type Kill = { readonly kind: 'moment'; readonly name: Moment } | { readonly kind: 'point'; readonly name: string };

function drawKills(plan: ChaosPlan, points: readonly string[], random: () => number): readonly Kill[] {
  const shuffled = points.map((name) => ({ name, lot: random() })).toSorted((a, b) => a.lot - b.lot);
  const pick = <Name>(names: readonly Name[], count: number): readonly Name[] =>
    Array.from({ length: count }, (_, index) => names[index % names.length]).flatMap((name) => name ?? []);
  const atPoints = pick(
    shuffled.map(({ name }) => name),
    plan.killsAtPoints,
  );
  return [
    ...pick(momentNames, plan.killsAtMoments).map((name): Kill => ({ kind: 'moment', name })),
    ...atPoints.map((name): Kill => ({ kind: 'point', name })),
  ];
}

/** Everything is delivered at last, and a Sidenote that nobody kills does what is left. */
async function finish(world: World): Promise<void> {
  await world.simulator.webhooks.idle();
  const survivor = world.serve();
  await survivor.listening;
  await until(async () => (await world.deliverTheRest()) === 0);
  const isDone = await until(async () => (await world.liveTurns()) === 0);
  assert.ok(isDone, `turns are still live; it said:\n${survivor.said()}`);
  await world.simulator.webhooks.idle();
  assert.equal(await survivor.stop(), 0);
}

/** By where the life ended. A conversation is judged where it was begun. */
function rowsOf(world: World, lives: readonly Life[]): readonly Row[] {
  const { simulator } = world;
  const rows = [...Map.groupBy(lives, ({ name }) => name)].map(([name, ended]): Row => {
    const conversations = ended.flatMap(({ begun }) => begun).flatMap((id) => simulator.conversation(id) ?? []);
    const each = conversations.map((conversation): Row => ({
      ...judge(conversation, simulator.adminId),
      name,
      kills: 0,
      acknowledged: contactMessages(conversation),
    }));
    return { ...sumRows(name, each), kills: ended.length };
  });
  // All was delivered at last, so what the contacts wrote is what was acknowledged; the first one was not in a life.
  assert.equal(sumRows('', rows).acknowledged, world.acknowledged().size - 1);
  return rows.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

const contactMessages = ({ contact, parts }: SimulatedConversation): number =>
  1 + parts.filter(({ author }) => author.id === contact.id).length;
