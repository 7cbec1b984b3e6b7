import type { Conversation } from '../domain/conversation.ts';
import type { ConversationId } from '../domain/ids.ts';
import type { WorkingTurn } from '../domain/turn.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { IntercomError } from '../intercom/errors.ts';
import type { Identity } from './gather.ts';

/** Intercom says that the turn's conversation does not exist any more: what we keep of its words is erased. */
export type ConversationGone = { readonly kind: 'conversation-gone' };

export const conversationGone: ConversationGone = { kind: 'conversation-gone' };

type Deps = {
  readonly intercom: IntercomClient;
  readonly identity: (signal: AbortSignal) => Promise<Identity>;
};

const saysGone = (error: unknown): boolean =>
  error instanceof IntercomError && error.kind === 'gone' && error.status === 404;

/**
 * Makes a call about the turn's conversation; gives undefined where Intercom answers by its own word (404) that it does
 * not exist. Since that ends the turn and erases, two more must agree: the conversation read once more, as a 404 may be
 * about something else that the call names, and the token's workspace, as another one knows nothing of the
 * conversation either. @throws what the call throws otherwise
 */
export async function unlessGone(
  turn: WorkingTurn,
  { intercom, identity }: Deps,
  signal: AbortSignal,
  call: (id: ConversationId) => Promise<Conversation>,
): Promise<Conversation | undefined> {
  try {
    return await call(turn.conversationId);
  } catch (error) {
    if (!saysGone(error) || (await isThere(turn, intercom, signal))) throw error;
    const { workspaceId } = await identity(signal);
    if (workspaceId !== turn.workspaceId) throw error;
    return undefined;
  }
}

async function isThere(
  { conversationId }: WorkingTurn,
  intercom: IntercomClient,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await intercom.conversation(conversationId, signal);
    return true;
  } catch (error) {
    if (!saysGone(error)) throw error;
    return false;
  }
}
