import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { suggest } from './suggest.ts';

test('suggest finds the word that was probably meant, and none where nothing is near', () => {
  const among = ['mode', 'tags', 'history', 'instructions', 'rules'];
  assert.equal(suggest('mod', among), 'mode');
  assert.equal(suggest('Tag', among), 'tags');
  assert.equal(suggest('histroy', among), 'history');
  assert.equal(suggest('mdoe', among), 'mode');
  assert.equal(suggest('intructions', among), 'instructions');
  assert.equal(suggest('colour', among), undefined);
  assert.equal(suggest('', []), undefined);
});

test('suggest finds every word of the list itself', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }), (words) => {
      for (const word of words) assert.equal(suggest(word, words), word);
    }),
  );
});
