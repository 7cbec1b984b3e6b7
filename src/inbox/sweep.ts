import type { Conversation } from '../domain/conversation.ts';
import { type ConversationId, parseNotificationId, type TeammateId, type WorkspaceId } from '../domain/ids.ts';
import { assessStanding } from '../domain/standing.ts';
import { isUnknown, mayBeUnknown, newestSlice, nextReach, type SweepRange, type TurnReach } from '../domain/sweep.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { IntercomError } from '../intercom/errors.ts';
import { hasDraftNote } from '../intercom/own-part.ts';
import type { ConversationSummary } from '../intercom/search.ts';
import type { Database } from '../store/database.ts';
import { insertNotifications, type Notification } from '../store/notifications.ts';
import { claimRange, narrowRange, openRange, sweepReach } from '../store/sweeps.ts';
import { newestReaches } from '../store/turns.ts';
import { sweepDeleted } from './sweep-deleted.ts';

export type SweepDeps = {
  readonly db: Database;
  /** For calls that can wait. */
  readonly intercom: IntercomClient;
  readonly identity: (
    signal: AbortSignal,
  ) => Promise<{ readonly workspaceId: WorkspaceId; readonly assistantId: TeammateId }>;
  readonly now: () => number;
  /** How long a contact must be silent before a turn reads the conversation. */
  readonly quietPeriodMs: number;
  /** Messages older than this, in seconds, get no turn any more. */
  readonly ageMaxSeconds: number;
  /** Some were stored: there is work. */
  readonly onFound: () => void;
};

/** Longer than any piece takes, Intercom's rate limit included; an instance that dies keeps others waiting so long. */
const leaseMs = 300_000;

/**
 * Looks for messages of contacts whose webhook never came, newest first, and stores a notification for each as the
 * webhook would have. Its id is made of the message's, so a message is found once; and a webhook that comes after all
 * speaks of the same part, which changes nothing. Conversations that were deleted are looked for too. Interrupted, it goes on where it was. Gives how many it stored.
 * @throws IntercomError, DatabaseAway
 */
export async function sweep(deps: SweepDeps, signal: AbortSignal): Promise<number> {
  const { db, now } = deps;
  const { workspaceId, assistantId } = await deps.identity(signal);
  const previous = await sweepReach(db, workspaceId);
  const opening = nextReach(previous, Math.floor(now() / 1000));
  // Before the reach moves: what is cut short here is looked through again.
  if (opening?.range !== undefined) await sweepDeleted({ ...deps, workspaceId }, opening.range.fromSeconds, signal);
  if (opening !== undefined) await openRange(db, workspaceId, { previous, next: opening.next }, opening.range);
  let found = 0;
  for (;;) {
    const range = await claimRange(db, workspaceId, now(), now() + leaseMs);
    if (range === undefined) return found;
    found += await sweepRange({ ...deps, workspaceId, assistantId }, range, signal);
  }
}

type RangeDeps = SweepDeps & { readonly workspaceId: WorkspaceId; readonly assistantId: TeammateId };

async function sweepRange(deps: RangeDeps, range: SweepRange, signal: AbortSignal): Promise<number> {
  const { db, now, workspaceId } = deps;
  const { fromSeconds } = range;
  const oldestSeconds = Math.floor(now() / 1000) - deps.ageMaxSeconds;
  let found = 0;
  let left = range;
  for (let slice = newestSlice(left, oldestSeconds); slice !== undefined; slice = newestSlice(left, oldestSeconds)) {
    found += await sweepSlice(deps, slice, oldestSeconds, signal);
    left = { fromSeconds, untilSeconds: slice.fromSeconds - 1 };
    await narrowRange(db, workspaceId, left, now() + leaseMs);
  }
  await narrowRange(db, workspaceId, { fromSeconds, untilSeconds: fromSeconds - 1 }, 0);
  return found;
}

async function sweepSlice(
  deps: RangeDeps,
  slice: SweepRange,
  oldestSeconds: number,
  signal: AbortSignal,
): Promise<number> {
  let found = 0;
  let after: string | undefined;
  do {
    const page = await deps.intercom.searchOpenConversations(slice, after, signal);
    const unknown = await withoutKnown(deps, page.conversations, oldestSeconds);
    for (const { id, reach } of unknown) found += await storeMissed(deps, { id, reach, oldestSeconds }, signal);
    after = page.after;
  } while (after !== undefined);
  return found;
}

type Suspect = { readonly id: ConversationId; readonly reach: TurnReach | undefined };

/** Those in which a contact may wait for a turn: reading each of the others would cost a call and show nothing. */
async function withoutKnown(
  { db, workspaceId, quietPeriodMs }: RangeDeps,
  conversations: readonly ConversationSummary[],
  oldestSeconds: number,
): Promise<readonly Suspect[]> {
  const ids = conversations.map(({ id }) => id);
  const reaches = await newestReaches(db, workspaceId, ids);
  return conversations.flatMap(({ id, contactWroteAt }) => {
    const reach = reaches.get(id);
    const isSuspect =
      contactWroteAt === undefined ||
      (contactWroteAt >= oldestSeconds && mayBeUnknown(contactWroteAt, reach, quietPeriodMs));
    return isSuspect ? [{ id, reach }] : [];
  });
}

/** Reads a conversation and stores what was missed of it: 1, or 0 when nothing was. */
async function storeMissed(
  deps: RangeDeps,
  { id, reach, oldestSeconds }: Suspect & { readonly oldestSeconds: number },
  signal: AbortSignal,
): Promise<number> {
  let conversation: Conversation;
  try {
    conversation = await deps.intercom.conversation(id, signal);
  } catch (error) {
    if (error instanceof IntercomError && error.kind === 'gone') return 0;
    throw error;
  }
  const missed = missedMessage(conversation, deps, oldestSeconds);
  if (missed === undefined || !isUnknown(missed.event.position, reach)) return 0;
  const stored = await deps.db.transaction(async (tx) => await insertNotifications(tx, [missed], deps.now()));
  if (stored.size > 0) deps.onFound();
  return stored.size;
}

/** The newest message of a contact who waits, as a notification; undefined when nobody does. */
function missedMessage(
  conversation: Conversation,
  { workspaceId, assistantId }: RangeDeps,
  oldestSeconds: number,
): Notification | undefined {
  const standing = assessStanding(conversation);
  if (standing.kind === 'moved-on' || standing.upTo.at < oldestSeconds) return undefined;
  // After a database was restored from a backup, a note may stand there that it does not know.
  if (hasDraftNote(conversation, standing.newest, assistantId)) return undefined;
  const { id } = conversation;
  return {
    id: parseNotificationId(`sweep:${id}:${standing.newest.id}`),
    workspaceId,
    conversationId: id,
    topic: 'sweep',
    event: { type: 'contact-wrote', position: standing.upTo, authorId: standing.newest.author.id || undefined },
  };
}
