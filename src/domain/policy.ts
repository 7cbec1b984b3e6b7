import type { Conversation } from './conversation.ts';

/** What the team wants done where the policy allows help at all. */
type Mode = 'off' | 'shadow' | 'note' | 'reply';

export type Policy = {
  readonly mode: Mode;
  readonly tags: {
    /** When not empty, only conversations with one of these tags get help. */
    readonly only: readonly string[];
    /** Conversations with one of these tags never get help. */
    readonly never: readonly string[];
  };
  /** The team's own words for the model: tone, product names, rules. */
  readonly instructions: string;
  readonly historyExchanges: number;
};

export type Ruling =
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'draft'; readonly deliverAs: Exclude<Mode, 'off'> };

const skip = (reason: string): Ruling => ({ kind: 'skip', reason });

/** Intercom's tag names are unique without regard to case. */
const findTag = (wanted: readonly string[], present: readonly string[]): string | undefined => {
  const names = new Set(present.map((name) => name.toLowerCase()));
  return wanted.find((name) => names.has(name.toLowerCase()));
};

/** Whether this conversation gets a draft, and what becomes of it. A skip names the rule that decided. */
export function decide(policy: Policy, conversation: Conversation): Ruling {
  if (policy.mode === 'off') return skip('the mode is off');
  const never = findTag(policy.tags.never, conversation.tags);
  if (never !== undefined) return skip(`the conversation has the tag "${never}", which tags.never lists`);
  const { only } = policy.tags;
  if (only.length > 0 && findTag(only, conversation.tags) === undefined) {
    return skip(`the conversation has none of the tags that tags.only lists: ${only.join(', ')}`);
  }
  return { kind: 'draft', deliverAs: policy.mode };
}
