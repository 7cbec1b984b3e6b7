import type { Band } from './band.ts';
import { findName } from './rule-conditions.ts';
import type { Thread } from './thread.ts';
import type { Triage } from './triage.ts';

/** How far the team trusts Sidenote to answer contacts by itself. Strict where nothing is said. */
export type ReplySettings = {
  /** Names of the topics that may be answered; empty: none. */
  readonly topics: 'any' | readonly string[];
  /** Also where there are no sources, and so no band. */
  readonly withoutSources: boolean;
  readonly channels: readonly string[];
  /** Replies in one conversation without a teammate between them. */
  readonly inARowMax: number;
  /** An answer to our reply that comes sooner was written by a machine. */
  readonly readingSecondsMin: number;
  /** Replies an hour in the whole workspace. */
  readonly hourlyMax: number;
  /** From one reply of the workspace to the next. */
  readonly spacingSeconds: number;
};

/** All that is asked before a draft is sent by itself. */
export type ReplyFacts = {
  readonly channel: string;
  /** Fin takes part and has not handed the conversation over. */
  readonly isFinActive: boolean;
  /** `failed`: the model could not be asked; undefined: sidenote.yaml did not ask for it. */
  readonly triage: Triage | 'failed' | undefined;
  /** undefined: there are no sources. */
  readonly band: Band | undefined;
  /** Sentences that are not surely supported, or with something exact that no source says. */
  readonly unsupported: number;
  /** What the checks say against the draft. */
  readonly cautions: readonly string[];
  /** The rule that decides now is the one that the draft was written by. */
  readonly isSameRule: boolean;
  readonly thread: Thread;
};

/** Gives a reason against sending, or nothing. */
type Condition = (facts: ReplyFacts, settings: ReplySettings) => string | undefined;

function topicAllowed({ triage }: ReplyFacts, { topics }: ReplySettings): string | undefined {
  if (triage === 'failed') return 'the model could not be asked what the message is about';
  if (topics === 'any') return undefined;
  if (topics.length === 0) return 'sidenote.yaml allows no topic to be answered (replying.topics)';
  if (triage?.topic === undefined) return 'the message is about none of the team’s topics';
  return findName(topics, [triage.topic]) === undefined
    ? `the topic “${triage.topic}” is not one that may be answered (replying.topics)`
    : undefined;
}

function wellGrounded({ band, unsupported }: ReplyFacts, { withoutSources }: ReplySettings): string | undefined {
  if (band === undefined) {
    return withoutSources ? undefined : 'there are no sources that it could stand on (replying.withoutSources)';
  }
  if (band !== 'green') return `the draft is rated ${band}`;
  return unsupported > 0 ? `${unsupported} of its sentences are not supported by the sources` : undefined;
}

function byAPerson({ thread }: ReplyFacts, { readingSecondsMin }: ReplySettings): string | undefined {
  const seconds = thread.secondsAfterOurs;
  if (seconds !== undefined && seconds < readingSecondsMin) {
    return `the message came within ${readingSecondsMin} s of our last reply, as a machine’s does`;
  }
  return thread.isRepeated ? 'the customer sends the same words again, as a machine does' : undefined;
}

function noOtherBot({ isFinActive, thread }: ReplyFacts): string | undefined {
  if (isFinActive) return 'Fin takes part in this conversation and has not handed it over';
  return thread.hasBotAfterOurs ? 'another bot has written since our first reply' : undefined;
}

function noTeammate({ thread }: ReplyFacts): string | undefined {
  if (thread.hasTeammate) return 'a teammate is in this conversation';
  return thread.isTeammateInCharge ? 'the conversation is assigned to a teammate' : undefined;
}

function noPersonNeeded({ thread, triage }: ReplyFacts): string | undefined {
  if (thread.asksForPerson) return 'the customer asks for a person';
  return triage !== 'failed' && triage?.needsHuman === true ? 'a person is needed, as the model sees it' : undefined;
}

/** Where a person has taken the conversation, nothing of ours moves it. */
export const isPersonThere = ({ hasTeammate, isTeammateInCharge }: Thread): boolean =>
  hasTeammate || isTeammateInCharge;

const conditions: readonly Condition[] = [
  noPersonNeeded,
  noTeammate,
  noOtherBot,
  byAPerson,
  topicAllowed,
  wellGrounded,
  ({ channel }, { channels }) =>
    channels.includes(channel) ? undefined : `the channel ${channel} is not one for replies (replying.channels)`,
  ({ thread }, { inARowMax }) =>
    thread.ownReplies >= inARowMax ? `${thread.ownReplies} replies in a row are enough (replying.inARow)` : undefined,
  ({ cautions }) => (cautions.length > 0 ? 'a check speaks against it' : undefined),
  ({ isSameRule }) => (isSameRule ? undefined : 'another rule holds now than the one it was written by'),
];

/**
 * Everything that speaks against sending a draft by itself, in words; empty: it may be sent, as far as the conversation
 * and the draft go. The hour's cap is apart, since only the database knows it.
 */
export const reasonsAgainstReply = (facts: ReplyFacts, settings: ReplySettings): readonly string[] =>
  conditions.flatMap((condition) => condition(facts, settings) ?? []);

/**
 * Why a conversation that Sidenote may reply in should go to a person: the contact asks for one, or Sidenote is stuck.
 * undefined: it need not, or a teammate is there already. `isAnswered`: the sources answer the question.
 */
export function reasonToHandOver(facts: ReplyFacts, settings: ReplySettings, isAnswered: boolean): string | undefined {
  if (isPersonThere(facts.thread)) return undefined;
  const needed = noPersonNeeded(facts);
  if (needed !== undefined) return needed;
  if (facts.thread.ownReplies >= settings.inARowMax) return `${facts.thread.ownReplies} replies did not settle it`;
  return isAnswered ? undefined : 'the sources do not answer the question';
}
