import type { ConversationId } from '../domain/ids.ts';
import { attributesToSet, type Triage, type TriageSettings } from '../domain/triage.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { IntercomError } from '../intercom/errors.ts';
import type { Trace } from './trace.ts';

export type AttributesInput = {
  readonly conversationId: ConversationId;
  readonly settings: TriageSettings;
  readonly triage: Triage | undefined;
};

/** Writes what triage said to the conversation's own fields, where the team wants it. What fails is told in the trace. */
export async function setAttributes(
  { conversationId, settings, triage }: AttributesInput,
  intercom: IntercomClient,
  trace: Trace,
  signal: AbortSignal,
): Promise<void> {
  const attributes = attributesToSet(settings, triage);
  if (Object.keys(attributes).length === 0) return;
  try {
    await intercom.setAttributes(conversationId, attributes, signal);
    trace.attributes = { set: attributes };
  } catch (error) {
    if (!(error instanceof IntercomError)) throw error;
    trace.attributes = { failed: error.message };
  }
}
