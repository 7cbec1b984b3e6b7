import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conversationWith } from '../../test/support/conversations.ts';
import { decide, type Policy } from './policy.ts';

const policy: Policy = { mode: 'note', tags: { only: [], never: [] }, instructions: '', historyExchanges: 5 };
const tagged = (...tags: string[]) => conversationWith([], { tags });

describe('decide', () => {
  for (const mode of ['shadow', 'note', 'reply'] as const) {
    test(`drafts and delivers as ${mode} where nothing speaks against it`, () => {
      assert.deepEqual(decide({ ...policy, mode }, tagged('vip')), { kind: 'draft', deliverAs: mode });
    });
  }

  test('skips everything while the mode is off', () => {
    assert.deepEqual(decide({ ...policy, mode: 'off' }, tagged()), { kind: 'skip', reason: 'the mode is off' });
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

  test('a tag of tags.never outweighs one of tags.only', () => {
    const both = { ...policy, tags: { only: ['ai'], never: ['spam'] } };
    assert.equal(decide(both, tagged('ai', 'spam')).kind, 'skip');
  });
});
