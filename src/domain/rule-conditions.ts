import { type BusinessHours, isOpenAt } from './business-hours.ts';
import type { Attributes } from './conversation.ts';
import type { ConversationFacts } from './facts.ts';

type Names = readonly string[];
type Wanted = Readonly<Record<string, readonly (string | number | boolean)[]>>;

/** What a rule asks for: all that is given must hold, and of each list one is enough. */
export type Conditions = {
  readonly tags?: { readonly any?: Names | undefined; readonly none?: Names | undefined } | undefined;
  readonly topic?: Names | undefined;
  readonly urgency?: Names | undefined;
  readonly sentiment?: Names | undefined;
  readonly needsHuman?: boolean | undefined;
  readonly channel?: Names | undefined;
  readonly language?: Names | undefined;
  /** Names or ids; `none` where nobody is in charge. */
  readonly team?: Names | undefined;
  readonly assignee?: Names | undefined;
  readonly contact?: { readonly role?: Names | undefined; readonly attributes?: Wanted | undefined } | undefined;
  readonly company?: Names | undefined;
  /** The subject contains one of these. */
  readonly subject?: Names | undefined;
  readonly attributes?: Wanted | undefined;
  readonly hours?: 'open' | 'closed' | undefined;
  readonly message?: 'first' | 'follow-up' | undefined;
  readonly fin?: boolean | undefined;
};

/** Why a condition does not hold, in words; undefined where it holds. */
type Objection = string | undefined;

const lower = (text: string): string => text.toLowerCase();

/** Intercom's names are unique without regard to case. Gives the wanted one, as it was written. */
export function findName(wanted: Names, present: Names): string | undefined {
  const names = new Set(present.map(lower));
  return wanted.find((name) => names.has(lower(name)));
}

function oneOf(what: string, wanted: Names | undefined, present: string | undefined): Objection {
  if (wanted === undefined) return undefined;
  if (present === undefined) return `the ${what} is not known`;
  return findName(wanted, [present]) === undefined
    ? `the ${what} is ${present}, not ${wanted.join(' or ')}`
    : undefined;
}

function tagged({ any, none }: NonNullable<Conditions['tags']>, present: Names): Objection {
  const unwanted = findName(none ?? [], present);
  if (unwanted !== undefined) return `the tag "${unwanted}" stands, which tags.none lists`;
  if (any === undefined || findName(any, present) !== undefined) return undefined;
  return `none of the tags of tags.any stands: ${any.join(', ')}`;
}

function inCharge(what: string, wanted: Names | undefined, present: Names): Objection {
  if (wanted === undefined) return undefined;
  const known = present.length === 0 ? ['none'] : present;
  if (findName(wanted, known) !== undefined) return undefined;
  return `the ${what} is ${known.at(-1)}, not ${wanted.join(' or ')}`;
}

function withAttributes(whose: string, wanted: Wanted | undefined, present: Attributes | undefined): Objection {
  if (wanted === undefined) return undefined;
  if (present === undefined) return `the ${whose} attributes are not known`;
  for (const [name, values] of Object.entries(wanted)) {
    const value = Object.hasOwn(present, name) ? present[name] : undefined;
    if (value === undefined) return `the ${whose} attribute "${name}" is not set`;
    if (!values.some((one) => lower(String(one)) === lower(String(value)))) {
      return `the ${whose} attribute "${name}" is not ${values.join(' or ')}`;
    }
  }
  return undefined;
}

function ofCompany(wanted: Names | undefined, present: Names | undefined): Objection {
  if (wanted === undefined) return undefined;
  if (present === undefined) return 'the company is not known';
  return findName(wanted, present) === undefined ? `the company is not ${wanted.join(' or ')}` : undefined;
}

function withSubject(wanted: Names | undefined, subject: string | undefined): Objection {
  if (wanted === undefined) return undefined;
  if (subject === undefined) return 'there is no subject';
  const text = lower(subject);
  return wanted.some((words) => text.includes(lower(words)))
    ? undefined
    : `the subject has none of: ${wanted.join(', ')}`;
}

function duringHours(wanted: Conditions['hours'], hours: BusinessHours | undefined, now: number): Objection {
  if (wanted === undefined) return undefined;
  if (hours === undefined) return 'the business hours are not known';
  const state = isOpenAt(hours, now) ? 'open' : 'closed';
  return state === wanted ? undefined : `the business hours are ${state}`;
}

function atMessage(wanted: Conditions['message'], isFirst: boolean): Objection {
  if (wanted === undefined || (wanted === 'first') === isFirst) return undefined;
  return isFirst ? 'nobody has answered yet, so it is a first message' : 'the contact was answered before';
}

function withFin(wanted: boolean | undefined, isInvolved: boolean): Objection {
  if (wanted === undefined || wanted === isInvolved) return undefined;
  return isInvolved ? 'Fin is involved' : 'Fin is not involved';
}

function withNeed(wanted: boolean | undefined, isNeeded: boolean | undefined): Objection {
  if (wanted === undefined || wanted === isNeeded) return undefined;
  if (isNeeded === undefined) return 'whether a person is needed is not known';
  return isNeeded ? 'a person is needed' : 'no person is needed';
}

/**
 * The first condition that does not hold, in words; undefined where all hold. What is not known never holds:
 * a rule decides by what is there, not by a guess.
 */
export function objectionTo(when: Conditions, facts: ConversationFacts, hours: BusinessHours | undefined): Objection {
  const { triage } = facts;
  return (
    (when.tags === undefined ? undefined : tagged(when.tags, facts.tags)) ??
    oneOf('channel', when.channel, facts.channel) ??
    inCharge('team', when.team, facts.team) ??
    inCharge('assignee', when.assignee, facts.assignee) ??
    withSubject(when.subject, facts.subject) ??
    atMessage(when.message, facts.isFirstMessage) ??
    withFin(when.fin, facts.isFinInvolved) ??
    duringHours(when.hours, hours, facts.now) ??
    withAttributes('conversation’s', when.attributes, facts.attributes) ??
    oneOf('language', when.language, facts.language) ??
    oneOf('contact’s role', when.contact?.role, facts.contactRole) ??
    withAttributes('contact’s', when.contact?.attributes, facts.contactAttributes) ??
    ofCompany(when.company, facts.companies) ??
    oneOf('topic', when.topic, triage?.topic) ??
    oneOf('urgency', when.urgency, triage?.urgency) ??
    oneOf('sentiment', when.sentiment, triage?.sentiment) ??
    withNeed(when.needsHuman, triage?.needsHuman)
  );
}
