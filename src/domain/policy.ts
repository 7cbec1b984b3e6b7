import type { BusinessHours } from './business-hours.ts';
import type { ConversationFacts } from './facts.ts';
import type { ClosingSettings } from './closing-line.ts';
import type { ReplySettings } from './may-reply.ts';
import { isInRollout } from './rollout.ts';
import { type Conditions, findName, objectionTo } from './rule-conditions.ts';
import type { TriageSettings } from './triage.ts';

/** What the team wants done where the policy allows help at all. */
type Mode = 'off' | 'shadow' | 'note' | 'reply';

/** One rule of the team's. What it does not say stays as the file says it. */
export type Rule = {
  /** Unique in the file. */
  readonly name: string;
  readonly when: Conditions;
  /** Per cent of the conversations that match; the others go on to the next rule. */
  readonly rollout?: number | undefined;
  readonly mode?: Mode | undefined;
  /** Added to the file's own. */
  readonly instructions?: string | undefined;
  readonly tone?: string | undefined;
  readonly model?: string | undefined;
  /** Names of the knowledge sources that may be used; undefined: all. */
  readonly knowledge?: readonly string[] | undefined;
  /** A tag that the conversation gets. */
  readonly tag?: string | undefined;
  /** The team, by name or id, that gets the conversation: at once, or in the mode `reply` where a person is needed. */
  readonly team?: string | undefined;
};

export type Policy = {
  /** Where no rule matches, or the one that does says nothing of it. */
  readonly mode: Mode;
  readonly tags: {
    /** When not empty, only conversations with one of these tags get help. */
    readonly only: readonly string[];
    /** Conversations with one of these tags never get help. */
    readonly never: readonly string[];
    /** What Sidenote itself sets after a note, a reply, a hand-over. */
    readonly drafted?: string | undefined;
    readonly answered?: string | undefined;
    readonly handedOver?: string | undefined;
  };
  /** The team's own words for the model: tone, product names, rules. */
  readonly instructions: string;
  readonly historyExchanges: number;
  /** What becomes of out-of-office replies, bounces and the like. */
  readonly automatic: 'skip' | 'draft';
  /** The first that matches decides. */
  readonly rules: readonly Rule[];
  readonly hours: BusinessHours | undefined;
  /** Hosts that a draft may link to, each with all below it. */
  readonly linkHosts: readonly string[];
  readonly triage: TriageSettings;
  readonly replying: ReplySettings & ClosingSettings & { readonly handOverTeam?: string | undefined };
  /** What becomes of a draft while Fin is at work: never more than a note. */
  readonly whileFinActive: 'note' | 'off';
};

/** What a rule said to a conversation, and why. */
export type RuleVerdict = {
  readonly rule: string;
  readonly verdict: 'matched' | 'not-matched' | 'not-in-rollout';
  readonly because: string;
};

/** How help is given where a rule, or none, has decided. */
export type Plan = {
  /** The rule's name; undefined where none matched. */
  readonly rule: string | undefined;
  readonly mode: Mode;
  /** The file's, then the rule's, then its tone. */
  readonly instructions: string;
  readonly model: string | undefined;
  readonly knowledge: readonly string[] | undefined;
  readonly tag: string | undefined;
  readonly team: string | undefined;
  /** Of each rule up to the one that matched: why each earlier one did not. */
  readonly verdicts: readonly RuleVerdict[];
};

export type Ruling =
  | { readonly kind: 'skip'; readonly reason: string; readonly plan?: Plan }
  | { readonly kind: 'draft'; readonly deliverAs: Exclude<Mode, 'off'>; readonly plan: Plan };

type Subject = { readonly id: string };

/** Asks the rules in order, up to the first that matches. */
function askRules(
  policy: Policy,
  conversation: Subject,
  facts: ConversationFacts,
): { readonly matched: Rule | undefined; readonly verdicts: readonly RuleVerdict[] } {
  const verdicts: RuleVerdict[] = [];
  for (const rule of policy.rules) {
    const { name, rollout = 100 } = rule;
    const objection = objectionTo(rule.when, facts, policy.hours);
    if (objection !== undefined) {
      verdicts.push({ rule: name, verdict: 'not-matched', because: objection });
    } else if (!isInRollout(conversation.id, name, rollout)) {
      const because = `the conversation is not among the ${rollout} % that the rule is rolled out to`;
      verdicts.push({ rule: name, verdict: 'not-in-rollout', because });
    } else {
      verdicts.push({ rule: name, verdict: 'matched', because: 'all its conditions hold' });
      return { matched: rule, verdicts };
    }
  }
  return { matched: undefined, verdicts };
}

function toPlan(policy: Policy, rule: Rule | undefined, verdicts: readonly RuleVerdict[]): Plan {
  const tone = rule?.tone === undefined ? undefined : `Tone: ${rule.tone}`;
  const texts = [policy.instructions, rule?.instructions, tone].map((text) => text?.trim() ?? '');
  return {
    rule: rule?.name,
    mode: rule?.mode ?? policy.mode,
    instructions: texts.filter((text) => text !== '').join('\n\n'),
    model: rule?.model,
    knowledge: rule?.knowledge,
    tag: rule?.tag,
    team: rule?.team,
    verdicts,
  };
}

/** Whether this conversation gets a draft, and what becomes of it. A skip names what decided. */
export function decide(policy: Policy, conversation: Subject, facts: ConversationFacts): Ruling {
  const never = findName(policy.tags.never, facts.tags);
  if (never !== undefined) {
    return { kind: 'skip', reason: `the conversation has the tag "${never}", which tags.never lists` };
  }
  const { only } = policy.tags;
  if (only.length > 0 && findName(only, facts.tags) === undefined) {
    const reason = `the conversation has none of the tags that tags.only lists: ${only.join(', ')}`;
    return { kind: 'skip', reason };
  }
  if (facts.automatic !== undefined && policy.automatic === 'skip') {
    const { kind, because } = facts.automatic;
    return { kind: 'skip', reason: `no person wrote the message (${kind}): ${because}` };
  }
  if (facts.isFinActive && policy.whileFinActive === 'off') {
    return { kind: 'skip', reason: 'Fin is at work in this conversation, and fin.active is off' };
  }
  const { matched, verdicts } = askRules(policy, conversation, facts);
  const plan = toPlan(policy, matched, verdicts);
  if (plan.mode !== 'off') return { kind: 'draft', deliverAs: plan.mode, plan };
  const where = plan.rule === undefined ? '' : ` by the rule "${plan.rule}"`;
  return { kind: 'skip', reason: `the mode is off${where}`, plan };
}

/** What must be looked up before the rules can be asked; each costs a call or time. */
export type Lookups = {
  readonly contact: boolean;
  readonly names: boolean;
  readonly language: boolean;
  readonly triage: boolean;
};

const isId = (name: string): boolean => /^\d+$/.test(name) || name === 'none';

export function lookupsOf({ rules, triage }: Policy): Lookups {
  const asks = (ask: (when: Conditions) => boolean): boolean => rules.some(({ when }) => ask(when));
  const wantsAttributes = Object.values(triage.attributes).some((name) => name !== undefined);
  const asksTriage = asks(
    ({ topic, urgency, sentiment, needsHuman }) =>
      topic !== undefined || urgency !== undefined || sentiment !== undefined || needsHuman !== undefined,
  );
  return {
    contact: asks(({ contact, company }) => contact !== undefined || company !== undefined),
    names: asks(({ team, assignee }) => [...(team ?? []), ...(assignee ?? [])].some((name) => !isId(name))),
    language: asks(({ language }) => language !== undefined),
    triage: triage.topics.length > 0 || wantsAttributes || asksTriage,
  };
}

/** What was done in a conversation. */
export type Deed = { readonly posted: 'note' | 'comment' | undefined; readonly isHandedOver: boolean };

/** The tags that a conversation gets for what was done in it, each once. */
export function tagsToSet(policy: Policy, plan: Plan | undefined, { posted, isHandedOver }: Deed): readonly string[] {
  const { drafted, answered, handedOver } = policy.tags;
  const own = posted === undefined ? undefined : { note: drafted, comment: answered }[posted];
  const tags = [own, isHandedOver ? handedOver : undefined, plan?.tag];
  return [...new Set(tags.filter((tag) => tag !== undefined))];
}

/** Every tag without which a part of the policy would never take effect. */
export function tagsAskedFor({ tags, rules }: Policy): readonly string[] {
  return [
    ...new Set([...tags.only, ...rules.flatMap(({ when }) => [...(when.tags?.any ?? []), ...(when.tags?.none ?? [])])]),
  ];
}
