import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeSource } from './doctor-sources.ts';

const settings = { type: 'macros', name: 'macros' } as const;
const now = 1_789_630_000_000;
const record = {
  name: 'macros',
  isSyncing: false,
  finishedAt: now - 5 * 60_000,
  failure: undefined,
  problems: [],
  documents: 4,
  passages: 9,
};

test('doctor tells of each source what it holds, when it was read, and what is wrong with it', () => {
  const says = (changes: Partial<typeof record> | { failure?: string; problems?: { item: string; why: string }[] }) =>
    describeSource(settings, { ...record, ...changes }, now);
  const holds = 'macros: 4 documents, 9 passages; ';
  assert.deepEqual(says({}), { isGood: true, says: `${holds}read 5 minutes ago` });
  assert.deepEqual(says({ finishedAt: now - 50 * 3_600_000 }), { isGood: true, says: `${holds}read 50 hours ago` });
  assert.deepEqual(says({ isSyncing: true }), { isGood: true, says: `${holds}being read now` });
  assert.deepEqual(says({ failure: 'Intercom is away.' }), {
    isGood: false,
    says: `${holds}read 5 minutes ago; the newest sync was cut short: Intercom is away.`,
  });
  const problems = ['a', 'b', 'c', 'd'].map((item) => ({ item, why: 'It is torn.' }));
  assert.deepEqual(says({ problems }), {
    isGood: false,
    says: `${holds}read 5 minutes ago; could not be read: a (It is torn.), b (It is torn.), c (It is torn.) and 1 more`,
  });
  assert.deepEqual(describeSource(settings, undefined, now), {
    isGood: true,
    says: 'macros: not read yet; "sidenote sync" or the next start does',
  });
});
