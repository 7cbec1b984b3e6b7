import { z } from 'zod';
import type { Conversation } from '../domain/conversation.ts';
import type { TeammateId } from '../domain/ids.ts';
import type { IntercomClient } from '../intercom/client.ts';
import { IntercomError } from '../intercom/errors.ts';
import { answerJson } from '../llm/decide.ts';
import { withTask } from '../llm/prompt.ts';
import { summaryTask } from '../llm/tasks.ts';
import type { Trace } from './trace.ts';
import { withoutTrouble, type Writing, type WritingDeps } from './writing.ts';

/** A conversation goes to a team. */
export type HandOver = {
  /** Name or id. */
  readonly team: string;
  /** Half a sentence. */
  readonly because: string;
};

/** What became of it, as the note tells it. */
export type HandedOver = HandOver & { readonly failed: string | undefined };

async function teamIdOf(team: string, intercom: IntercomClient, signal: AbortSignal): Promise<string | undefined> {
  if (/^\d+$/.test(team)) return team;
  const wanted = team.toLowerCase();
  return [...(await intercom.teamNames(signal))].find(([, name]) => name.toLowerCase() === wanted)?.[0];
}

/** What repeating can't cure is told; an outage is for the next attempt. */
const isLasting = ({ kind }: IntercomError): boolean => !['away', 'limited'].includes(kind);

/**
 * Assigns the conversation to the team, where it is not there yet: done again, it changes nothing. A team that is not
 * found, or a scope that is missing, is told and costs no draft. @throws IntercomError when Intercom is away
 */
export async function handOver(
  { team, because }: HandOver,
  { conversation, assistantId }: { readonly conversation: Conversation; readonly assistantId: TeammateId },
  intercom: IntercomClient,
  trace: Trace,
  signal: AbortSignal,
): Promise<HandedOver> {
  const end = (failed: string | undefined): HandedOver => {
    trace.handedOver = { team, because, result: failed ?? 'done' };
    return { team, because, failed };
  };
  try {
    const teamId = await teamIdOf(team, intercom, signal);
    if (teamId === undefined) return end('the workspace has no team of that name');
    if (conversation.circumstances.teamId !== teamId) {
      await intercom.assignTeam(conversation.id, teamId, assistantId, signal);
    }
    return end(undefined);
  } catch (error) {
    if (!(error instanceof IntercomError) || !isLasting(error)) throw error;
    return end(error.message);
  }
}

const Summary = z.strictObject({ summary: z.string() });
const summaryTokensMax = 250;

/** A few sentences for who takes over; undefined where the model gives none. @throws ModelError when stopped */
export async function summarise(
  { basis }: Writing,
  { model, lane }: WritingDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  const messages = withTask(basis, summaryTask());
  const question = { name: 'summary', messages, schema: Summary, outputTokensMax: summaryTokensMax };
  const answer = await withoutTrouble(
    async () => await answerJson(model, question, { signal, lane }),
    () => undefined,
  );
  return answer?.value.summary.trim() || undefined;
}
