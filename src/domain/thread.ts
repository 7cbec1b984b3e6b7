import { asksForPerson } from './asks-for-person.ts';
import type { Conversation, Part } from './conversation.ts';
import type { PartId } from './ids.ts';
import { comments, hasTeammateComment } from './standing.ts';

/** What the messages of a conversation say of whether a machine may answer by itself. */
export type Thread = {
  /** A human teammate has written to the contact. */
  readonly hasTeammate: boolean;
  /** The conversation is assigned to a teammate who is not the assistant. */
  readonly isTeammateInCharge: boolean;
  /** Comments of ours since the last one of a human teammate. */
  readonly ownReplies: number;
  /** In any of their messages. */
  readonly asksForPerson: boolean;
  /** Another bot has written to the contact after we had. */
  readonly hasBotAfterOurs: boolean;
  /** From our newest comment to the contact's answer to it; undefined where they answer none of ours. */
  readonly secondsAfterOurs: number | undefined;
  /** The contact has sent the same words before. */
  readonly isRepeated: boolean;
};

const normalised = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

/** As short as "yes", the same words may come twice from anyone. */
const repeatedCharsMin = 12;

/** `ownParts` are the parts that the assistant has posted, `assistantId` the teammate as whom it does. */
export function readThread(conversation: Conversation, ownParts: ReadonlySet<PartId>, assistantId: string): Thread {
  const said = comments(conversation);
  const isOwn = (part: Part): boolean => ownParts.has(part.id);
  const asked = said.filter(({ author }) => author.kind === 'contact');
  const newest = asked.at(-1);
  const lastOwn = said.findLastIndex(isOwn);
  const lastHuman = said.findLastIndex((part) => part.author.kind === 'teammate' && !isOwn(part));
  const answerToOurs =
    lastOwn < 0 ? undefined : said.slice(lastOwn + 1).find(({ author }) => author.kind === 'contact');
  const words = normalised(newest?.text ?? '');
  const { assigneeId } = conversation.circumstances;
  const firstOwn = said.findIndex(isOwn);
  return {
    hasTeammate: hasTeammateComment(conversation, ownParts),
    isTeammateInCharge: assigneeId !== undefined && assigneeId !== assistantId,
    ownReplies: said.slice(lastHuman + 1).filter(isOwn).length,
    asksForPerson: asked.some(({ text }) => asksForPerson(text)),
    hasBotAfterOurs:
      firstOwn >= 0 && said.slice(firstOwn + 1).some((part) => part.author.kind === 'bot' && !isOwn(part)),
    secondsAfterOurs: answerToOurs === undefined ? undefined : answerToOurs.createdAt - (said[lastOwn]?.createdAt ?? 0),
    isRepeated:
      words.length >= repeatedCharsMin &&
      lastOwn >= 0 &&
      asked.slice(0, -1).some(({ text }) => normalised(text) === words),
  };
}
