import type { ConversationId, WorkspaceId } from '../domain/ids.ts';
import type { Queryable } from './database.ts';
import { erasePosts } from './posts.ts';
import { eraseTraces } from './traces.ts';

/**
 * Forgets all that is kept of a deleted conversation's words, and what an attempt under way would yet keep. Who calls it
 * has made the conversation its transaction's own, see `lockConversation`.
 */
export async function eraseConversation(
  tx: Queryable,
  workspaceId: WorkspaceId,
  conversationId: ConversationId,
): Promise<void> {
  await eraseTraces(tx, workspaceId, conversationId);
  await erasePosts(tx, workspaceId, conversationId, 'all');
}
