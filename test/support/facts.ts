import type { ConversationFacts } from '../../src/domain/facts.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { defaultPolicyFile } from '../../src/policy-file/policy-file.ts';

/** A user's first message in the Messenger, on a Thursday noon, with nothing looked up. */
export const factsWith = (details: Partial<ConversationFacts> = {}): ConversationFacts => ({
  now: Date.UTC(2026, 8, 17, 12),
  tags: [],
  channel: 'messenger',
  subject: undefined,
  attributes: {},
  isFirstMessage: true,
  isFinInvolved: false,
  isFinActive: false,
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
  ...defaultPolicyFile.policy,
  tags: { only: [], never: [] },
  ...details,
});
