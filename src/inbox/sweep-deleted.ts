import { type ConversationId, parseNotificationId, type WorkspaceId } from '../domain/ids.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { IntercomError } from '../intercom/errors.ts';
import type { Database } from '../store/database.ts';
import { insertNotifications, type Notification } from '../store/notifications.ts';
import { newestReaches } from '../store/turns.ts';

export type SweepDeletedDeps = {
  readonly db: Database;
  readonly intercom: IntercomClient;
  readonly workspaceId: WorkspaceId;
  readonly now: () => number;
  /** Some were stored: there is work. */
  readonly onFound: () => void;
};

/** So many deletions between two sweeps, 60 to a page, are no support team's work. */
const pagesMax = 100;

/**
 * Looks for conversations that were deleted since (Unix seconds, by Intercom's clock) and whose webhook never came, and
 * stores a notification for each of which we have turns: what is kept of their words is erased by it.
 * @throws IntercomError of kind `away` or `limited`, DatabaseAway
 */
export async function sweepDeleted(deps: SweepDeletedDeps, sinceSeconds: number, signal: AbortSignal): Promise<void> {
  const { db, intercom, workspaceId, now } = deps;
  for (let page = 1; page <= pagesMax; page += 1) {
    const listed = await listDeleted(intercom, page, signal);
    if (listed === undefined) return;
    const recent = listed.conversations.filter(({ deletedAt }) => deletedAt >= sinceSeconds);
    const ids = recent.map(({ id }) => id);
    const known = await newestReaches(db, workspaceId, ids);
    const missed = recent.filter(({ id }) => known.has(id));
    if (missed.length > 0) {
      const notifications = missed.map(({ id, deletedAt }) => deletion(workspaceId, id, deletedAt));
      const stored = await db.transaction(async (tx) => await insertNotifications(tx, notifications, now()));
      if (stored.size > 0) deps.onFound();
    }
    if (listed.isLast || recent.length < listed.conversations.length) return;
  }
}

/** Undefined where the token may not ask: that must not keep missed messages from being found. */
async function listDeleted(intercom: IntercomClient, page: number, signal: AbortSignal) {
  try {
    return await intercom.deletedConversations(page, signal);
  } catch (error) {
    if (error instanceof IntercomError && (error.kind === 'away' || error.kind === 'limited')) throw error;
    if (error instanceof IntercomError) return undefined;
    throw error;
  }
}

const deletion = (workspaceId: WorkspaceId, conversationId: ConversationId, at: number): Notification => ({
  id: parseNotificationId(`sweep:${conversationId}:deleted`),
  workspaceId,
  conversationId,
  topic: 'sweep',
  event: { type: 'conversation-deleted', position: { partId: undefined, at }, authorId: undefined },
});
