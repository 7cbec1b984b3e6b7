import assert from 'node:assert/strict';
import type { SimulatedConversation } from '../../simulator/model.ts';
import { parseConversationId } from '../../src/domain/ids.ts';
import { isLive, type Turn } from '../../src/domain/turn.ts';
import { listTurns } from '../../src/store/turns.ts';
import type { Instances } from './instances.ts';
import { judge } from './verdict.ts';

/** What can be seen of a conversation between two steps. */
export type Snapshot = {
  /** Newest first. */
  readonly turns: readonly Turn[];
  readonly conversation: SimulatedConversation;
};

export async function look({ simulator, instances }: Instances, conversationId: string): Promise<Snapshot> {
  const conversation = simulator.conversation(conversationId);
  assert.ok(conversation !== undefined);
  const filter = { state: undefined, conversationId: parseConversationId(conversationId) };
  return { conversation, turns: await listTurns(instances[0].app.db, filter, 1000) };
}

/** The invariants of docs/turn-states.md that can be seen from outside, after any step. */
export function checkStep(before: Snapshot, after: Snapshot, assistantId: string): void {
  const live = after.turns.filter(isLive);
  assert.ok(live.length <= 1, 'at most one turn of a conversation is live');
  if (live.length === 1) assert.equal(after.turns.at(0)?.openedAt, latest(after.turns), 'the live turn is the newest');
  for (const was of before.turns.filter((turn) => !isLive(turn) && turn.state !== 'dead')) {
    assert.deepEqual(after.turns.find(({ id }) => id === was.id), was, 'an end is final'); // prettier-ignore
  }
  checkPosts(after, assistantId);
}

const latest = (turns: readonly Turn[]): number => Math.max(...turns.map(({ openedAt }) => openedAt));

/** A turn posts once at most, and never into a conversation that has moved on. */
function checkPosts({ turns, conversation }: Snapshot, assistantId: string): void {
  const ours = conversation.parts.filter(({ author }) => author.id === assistantId);
  for (const { id } of turns) {
    const posts = ours.filter(({ body }) => body?.includes(id));
    assert.ok(posts.length <= 1, `the turn ${id} has posted ${posts.length} times`);
  }
  const { doubled, stale } = judge(conversation, assistantId);
  assert.deepEqual({ doubled, stale }, { doubled: 0, stale: 0 }, 'no draft is doubled or stale');
  const delivered = turns.flatMap((turn) => (turn.state === 'delivered' ? [turn.partId] : []));
  assert.equal(new Set(delivered).size, delivered.length, 'each delivered turn has a part of its own');
}

/** Once all is told and done. */
export function checkRest({ turns, conversation }: Snapshot, assistantId: string): void {
  assert.equal(turns.filter(isLive).length, 0, 'no turn is live');
  const isGivenUp = turns.at(0)?.state === 'dead';
  if (!isGivenUp)
    assert.equal(
      judge(conversation, assistantId).lost,
      0,
      `the contact’s newest message has a draft; its turns: ${JSON.stringify(turns)}`,
    );
}
