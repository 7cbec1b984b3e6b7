import type { WorkingTurn } from '../domain/turn.ts';
import { IntercomError } from '../intercom/errors.ts';
import type { Identity } from './gather.ts';

/** Intercom says that the turn's conversation does not exist any more: what we keep of its words is erased. */
export type ConversationGone = { readonly kind: 'conversation-gone' };

export const conversationGone: ConversationGone = { kind: 'conversation-gone' };

/**
 * Makes a call about the turn's conversation; gives undefined where Intercom answers by its own word (404) that it does
 * not exist. The token is asked once more which workspace it opens: another one knows nothing of the conversation
 * either, and that must not erase anything. @throws what the call throws otherwise
 */
export async function unlessGone<Value>(
  turn: WorkingTurn,
  call: () => Promise<Value>,
  identity: () => Promise<Identity>,
): Promise<Value | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof IntercomError) || error.kind !== 'gone' || error.status !== 404) throw error;
    const { workspaceId } = await identity();
    if (workspaceId !== turn.workspaceId) throw error;
    return undefined;
  }
}
