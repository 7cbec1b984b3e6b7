import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasSameContacts } from './same-contacts.ts';

const of = (contactId: string | undefined, ...contactIds: readonly string[]) => ({ contactId, contactIds });

const cases = [
  ['the same one', of('ada', 'ada'), of('ada', 'ada'), true],
  ['the same two in another order', of('ada', 'ada', 'eve'), of('ada', 'eve', 'ada'), true],
  ['merged into another, with all that was written', of('ada', 'ada'), of('eve', 'eve'), false],
  ['replaced, and what was written stays', of('ada', 'ada'), of('ada', 'eve'), false],
  ['one more who reads along', of('ada', 'ada'), of('ada', 'ada', 'eve'), false],
  ['one fewer', of('ada', 'ada', 'eve'), of('ada', 'ada'), false],
  ['another who wrote', of('ada', 'ada', 'eve'), of('eve', 'ada', 'eve'), false],
  ['nobody named before', of(undefined), of('ada', 'ada'), true],
  ['nobody named any more', of('ada', 'ada'), of(undefined), true],
] as const;

for (const [what, before, now, isSame] of cases) {
  test(`a conversation with ${what} is for ${isSame ? 'the same' : 'other'} contacts`, () => {
    assert.equal(hasSameContacts(before, now), isSame);
  });
}
