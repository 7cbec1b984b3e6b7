import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { factsWith, policyWith } from '../../test/support/facts.ts';
import type { ConversationFacts } from './facts.ts';
import { decide as decideFor, lookupsOf, type Policy, type Rule } from './policy.ts';

const decide = (policy: Policy, facts: ConversationFacts) => decideFor(policy, { id: '4711' }, facts);
const tagged = (...tags: string[]) => factsWith({ tags });
const policy = policyWith();

describe('decide', () => {
  for (const mode of ['shadow', 'note', 'reply'] as const) {
    test(`drafts and delivers as ${mode} where nothing speaks against it`, () => {
      assert.partialDeepStrictEqual(decide({ ...policy, mode }, tagged('vip')), { kind: 'draft', deliverAs: mode });
    });
  }

  test('skips everything while the mode is off', () => {
    assert.partialDeepStrictEqual(decide({ ...policy, mode: 'off' }, tagged()), {
      kind: 'skip',
      reason: 'the mode is off',
    });
  });

  test('skips a conversation with a tag of tags.never, in any case, and names the rule', () => {
    const never = { ...policy, tags: { only: [], never: ['legal', 'Spam'] } };
    const reason = 'the conversation has the tag "Spam", which tags.never lists';
    assert.deepEqual(decide(never, tagged('vip', 'sPAM')), { kind: 'skip', reason });
    assert.equal(decide(never, tagged('spam-like')).kind, 'draft');
  });

  test('with tags.only, drafts where one of them stands and nowhere else', () => {
    const only = { ...policy, tags: { only: ['AI', 'beta'], never: [] } };
    assert.equal(decide(only, tagged('ai')).kind, 'draft');
    assert.equal(decide(only, tagged('other', 'Beta')).kind, 'draft');
    const reason = 'the conversation has none of the tags that tags.only lists: AI, beta';
    assert.deepEqual(decide(only, tagged('other')), { kind: 'skip', reason });
    assert.deepEqual(decide(only, tagged()), { kind: 'skip', reason });
  });

  test('a tag of tags.never outweighs one of tags.only, and any rule', () => {
    const rules: Rule[] = [{ name: 'all', when: {}, mode: 'reply' }];
    const both = { ...policy, tags: { only: ['ai'], never: ['spam'] }, rules };
    assert.equal(decide(both, tagged('ai', 'spam')).kind, 'skip');
  });
});

describe('of the rules', () => {
  const rules: Rule[] = [
    { name: 'VIPs', when: { tags: { any: ['vip'] } }, mode: 'off' },
    { name: 'mail', when: { channel: ['email'] }, mode: 'shadow', tone: 'formal', tag: 'mail' },
    { name: 'mail again', when: { channel: ['email'] }, mode: 'reply' },
  ];
  const withRules = policyWith({ mode: 'note', instructions: 'We are Lumen Kayak.', rules });

  test('the first that matches decides, and each earlier one says why it did not', () => {
    const ruling = decide(withRules, factsWith({ channel: 'email' }));
    assert.partialDeepStrictEqual(ruling, {
      kind: 'draft',
      deliverAs: 'shadow',
      plan: { rule: 'mail', tag: 'mail', instructions: 'We are Lumen Kayak.\n\nTone: formal' },
    });
    assert.deepEqual(ruling.plan?.verdicts, [
      { rule: 'VIPs', verdict: 'not-matched', because: 'none of the tags of tags.any stands: vip' },
      { rule: 'mail', verdict: 'matched', because: 'all its conditions hold' },
    ]);
  });

  test('one that says off is named as the reason', () => {
    const reason = 'the mode is off by the rule "VIPs"';
    assert.partialDeepStrictEqual(decide(withRules, tagged('VIP')), { kind: 'skip', reason });
  });

  test('none need match: then the file’s own mode and instructions hold', () => {
    assert.partialDeepStrictEqual(decide(withRules, factsWith()), {
      kind: 'draft',
      deliverAs: 'note',
      plan: { rule: undefined, instructions: 'We are Lumen Kayak.' },
    });
  });

  test('one can switch on what the file switches off', () => {
    const pilot = policyWith({
      mode: 'off',
      rules: [{ name: 'pilot', when: { tags: { any: ['pilot'] } }, mode: 'note' }],
    });
    assert.equal(decide(pilot, tagged()).kind, 'skip');
    assert.equal(decide(pilot, tagged('pilot')).kind, 'draft');
  });

  test('one that is rolled out to nobody is passed over, and says so', () => {
    const none = policyWith({ rules: [{ name: 'new', when: {}, rollout: 0, mode: 'reply' }] });
    const ruling = decide(none, factsWith());
    assert.partialDeepStrictEqual(ruling, { kind: 'draft', deliverAs: 'note' });
    assert.deepEqual(ruling.plan?.verdicts, [
      {
        rule: 'new',
        verdict: 'not-in-rollout',
        because: 'the conversation is not among the 0 % that the rule is rolled out to',
      },
    ]);
  });

  test('whatever they are, there is one verdict for each up to the one that matched, and only the last matched', () => {
    const rule = fc.record({
      tag: fc.constantFrom('a', 'b', 'c'),
      rollout: fc.constantFrom(0, 50, 100),
      mode: fc.constantFrom('off', 'note', 'reply', undefined),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), fc.subarray(['a', 'b', 'c']), (drawn, tags) => {
        const made = drawn.map(({ tag, rollout, mode }, index) => {
          return { name: `rule ${index}`, when: { tags: { any: [tag] } }, rollout, mode };
        });
        const { plan } = decide(policyWith({ rules: made }), tagged(...tags));
        const verdicts = plan?.verdicts ?? [];
        const matched = verdicts.findIndex(({ verdict }) => verdict === 'matched');
        assert.equal(verdicts.length, matched === -1 ? made.length : matched + 1);
        assert.deepEqual(
          verdicts.map((one) => one.rule),
          made.slice(0, verdicts.length).map(({ name }) => name),
        );
        assert.equal(plan?.rule, matched === -1 ? undefined : verdicts[matched]?.rule);
      }),
    );
  });
});

describe('lookupsOf', () => {
  const of = (when: Rule['when']) => {
    const wanted = lookupsOf(policyWith({ rules: [{ name: 'one', when }] }));
    return Object.entries(wanted).flatMap(([name, isWanted]) => (isWanted ? [name] : []));
  };

  test('asks for nothing where the conversation itself tells enough', () => {
    assert.deepEqual(of({ tags: { any: ['a'] }, channel: ['email'], team: ['810001', 'none'], fin: true }), []);
  });

  test('asks for the contact, for names, for the language and for triage only where a rule does', () => {
    assert.deepEqual(of({ contact: { attributes: { plan: ['pro'] } } }), ['contact']);
    assert.deepEqual(of({ company: ['Acme'] }), ['contact']);
    assert.deepEqual(of({ team: ['Support'] }), ['names']);
    assert.deepEqual(of({ assignee: ['Maren'] }), ['names']);
    assert.deepEqual(of({ language: ['de'] }), ['language']);
    assert.deepEqual(of({ topic: ['billing'] }), ['triage']);
  });
});
