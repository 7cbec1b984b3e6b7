import type { ConversationFacts } from '../../src/domain/facts.ts';
import type { Policy } from '../../src/domain/policy.ts';

/** A user's first message in the Messenger, on a Thursday noon, with nothing looked up. */
export const factsWith = (details: Partial<ConversationFacts> = {}): ConversationFacts => ({
  now: Date.UTC(2026, 8, 17, 12),
  tags: [],
  channel: 'messenger',
  subject: undefined,
  attributes: {},
  isFirstMessage: true,
  isFinInvolved: false,
  team: [],
  assignee: [],
  language: undefined,
  contactRole: 'user',
  contactAttributes: undefined,
  companies: undefined,
  triage: undefined,
  automatic: undefined,
  ...details,
});

/** Notes for everyone, without a rule. */
export const policyWith = (details: Partial<Policy> = {}): Policy => ({
  mode: 'note',
  tags: { only: [], never: [] },
  instructions: '',
  historyExchanges: 5,
  automatic: 'skip',
  hours: undefined,
  linkHosts: [],
  rules: [],
  ...details,
});
