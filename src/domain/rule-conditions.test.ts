import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { factsWith } from '../../test/support/facts.ts';
import type { ConversationFacts } from './facts.ts';
import { type Conditions, objectionTo } from './rule-conditions.ts';

const hours = { timezone: 'UTC', week: { thursday: [{ from: 540, to: 1020 }] }, holidays: [] };

type Case = {
  readonly when: Conditions;
  /** Facts under which it holds. */
  readonly holds: readonly Partial<ConversationFacts>[];
  /** Facts under which it does not, with what it says. */
  readonly fails: readonly (readonly [Partial<ConversationFacts>, string])[];
};

/** Typed by the conditions, so that a new one does not compile untested. */
const cases: Readonly<Record<keyof Conditions, readonly Case[]>> = {
  tags: [
    {
      when: { tags: { any: ['refund', 'return'] } },
      holds: [{ tags: ['Refund'] }, { tags: ['x', 'return'] }],
      fails: [[{ tags: ['refunded'] }, 'none of the tags of tags.any stands: refund, return']],
    },
    {
      when: { tags: { any: ['refund'], none: ['VIP'] } },
      holds: [{ tags: ['refund'] }],
      fails: [[{ tags: ['refund', 'vip'] }, 'the tag "VIP" stands, which tags.none lists']],
    },
  ],
  topic: [
    {
      when: { topic: ['billing'] },
      holds: [{ triage: { topic: 'Billing' } }],
      fails: [
        [{}, 'the topic is not known'],
        [{ triage: { topic: 'shipping' } }, 'the topic is shipping, not billing'],
      ],
    },
  ],
  urgency: [
    {
      when: { urgency: ['high'] },
      holds: [{ triage: { urgency: 'high' } }],
      fails: [[{ triage: {} }, 'the urgency is not known']],
    },
  ],
  sentiment: [
    {
      when: { sentiment: ['negative'] },
      holds: [{ triage: { sentiment: 'negative' } }],
      fails: [[{ triage: { sentiment: 'positive' } }, 'the sentiment is positive, not negative']],
    },
  ],
  channel: [
    {
      when: { channel: ['email', 'sms'] },
      holds: [{ channel: 'sms' }],
      fails: [[{}, 'the channel is messenger, not email or sms']],
    },
  ],
  language: [
    {
      when: { language: ['de'] },
      holds: [{ language: 'de' }],
      fails: [
        [{}, 'the language is not known'],
        [{ language: 'en' }, 'the language is en, not de'],
      ],
    },
  ],
  team: [
    {
      when: { team: ['Warranty', '810001'] },
      holds: [{ team: ['810002', 'warranty'] }, { team: ['810001'] }],
      fails: [
        [{}, 'the team is none, not Warranty or 810001'],
        [{ team: ['3', 'Sales'] }, 'the team is Sales, not Warranty or 810001'],
      ],
    },
    { when: { team: ['none'] }, holds: [{}], fails: [[{ team: ['3'] }, 'the team is 3, not none']] },
  ],
  assignee: [
    {
      when: { assignee: ['none'] },
      holds: [{}],
      fails: [[{ assignee: ['7', 'Maren'] }, 'the assignee is Maren, not none']],
    },
  ],
  contact: [
    {
      when: { contact: { role: ['lead'] } },
      holds: [{ contactRole: 'lead' }],
      fails: [
        [{}, 'the contact’s role is user, not lead'],
        [{ contactRole: undefined }, 'the contact’s role is not known'],
      ],
    },
    {
      when: { contact: { attributes: { plan: ['pro', 'team'], seats: [5] } } },
      holds: [{ contactAttributes: { plan: 'Pro', seats: 5 } }, { contactAttributes: { plan: 'team', seats: '5' } }],
      fails: [
        [{}, 'the contact’s attributes are not known'],
        [{ contactAttributes: { seats: 5 } }, 'the contact’s attribute "plan" is not set'],
        [{ contactAttributes: { plan: 'free', seats: 5 } }, 'the contact’s attribute "plan" is not pro or team'],
      ],
    },
    {
      when: { contact: { attributes: { constructor: ['x'] } } },
      holds: [{ contactAttributes: { constructor: 'x' } }],
      fails: [[{ contactAttributes: {} }, 'the contact’s attribute "constructor" is not set']],
    },
  ],
  company: [
    {
      when: { company: ['Acme'] },
      holds: [{ companies: ['c1', 'ACME'] }],
      fails: [
        [{}, 'the company is not known'],
        [{ companies: [] }, 'the company is not Acme'],
      ],
    },
  ],
  subject: [
    {
      when: { subject: ['invoice', 'Rechnung'] },
      holds: [{ subject: 'Re: INVOICE 12' }],
      fails: [
        [{}, 'there is no subject'],
        [{ subject: 'Hello' }, 'the subject has none of: invoice, Rechnung'],
      ],
    },
  ],
  attributes: [
    {
      when: { attributes: { beta: [true] } },
      holds: [{ attributes: { beta: true } }],
      fails: [[{ attributes: { beta: false } }, 'the conversation’s attribute "beta" is not true']],
    },
  ],
  hours: [
    {
      when: { hours: 'open' },
      holds: [{}],
      fails: [[{ now: Date.UTC(2026, 8, 17, 17) }, 'the business hours are closed']],
    },
    {
      when: { hours: 'closed' },
      holds: [{ now: Date.UTC(2026, 8, 18, 12) }],
      fails: [[{}, 'the business hours are open']],
    },
  ],
  message: [
    {
      when: { message: 'first' },
      holds: [{}],
      fails: [[{ isFirstMessage: false }, 'the contact was answered before']],
    },
    {
      when: { message: 'follow-up' },
      holds: [{ isFirstMessage: false }],
      fails: [[{}, 'nobody has answered yet, so it is a first message']],
    },
  ],
  needsHuman: [
    {
      when: { needsHuman: true },
      holds: [{ triage: { needsHuman: true } }],
      fails: [
        [{}, 'whether a person is needed is not known'],
        [{ triage: { needsHuman: false } }, 'no person is needed'],
      ],
    },
    {
      when: { needsHuman: false },
      holds: [{ triage: { needsHuman: false } }],
      fails: [[{ triage: { needsHuman: true } }, 'a person is needed']],
    },
  ],
  fin: [
    { when: { fin: true }, holds: [{ isFinInvolved: true }], fails: [[{}, 'Fin is not involved']] },
    { when: { fin: false }, holds: [{}], fails: [[{ isFinInvolved: true }, 'Fin is involved']] },
  ],
};

describe('a condition on', () => {
  for (const [name, list] of Object.entries(cases)) {
    test(`${name} holds or says why not`, () => {
      for (const { when, holds, fails } of list) {
        for (const facts of holds) assert.equal(objectionTo(when, factsWith(facts), hours), undefined);
        for (const [facts, says] of fails) assert.equal(objectionTo(when, factsWith(facts), hours), says);
      }
    });
  }

  test('nothing holds always', () => {
    assert.equal(objectionTo({}, factsWith(), undefined), undefined);
  });

  test('several things holds where all of them do', () => {
    const when: Conditions = { channel: ['email'], fin: false };
    assert.equal(objectionTo(when, factsWith({ channel: 'email' }), hours), undefined);
    assert.equal(objectionTo(when, factsWith({ channel: 'email', isFinInvolved: true }), hours), 'Fin is involved');
  });

  test('the business hours says so where there are none', () => {
    assert.equal(objectionTo({ hours: 'closed' }, factsWith(), undefined), 'the business hours are not known');
  });
});
