import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { item, split } from '../../test/support/documents.ts';
import type { Database } from '../store/database.ts';
import { removeUnseen, saveItem } from '../store/documents.ts';
import { migrate, readMigrations } from '../store/migrate.ts';
import { openDatabase } from '../store/open.ts';
import { createKnowledge } from './live-knowledge.ts';

async function openMemory(): Promise<Database> {
  const db = openDatabase({ kind: 'sqlite', path: ':memory:' });
  await migrate(db, readMigrations(), 0);
  return db;
}

const { signal } = new AbortController();

describe('knowledge', () => {
  test('is loaded by the first question, and has everything by then', async () => {
    await using db = await openMemory();
    for (let number = 0; number < 25; number += 1) {
      await saveItem(db, item([split({ id: `help-center:${number}/en` })], { itemId: String(number) }), 1);
    }
    const knowledge = createKnowledge({ db, isConfigured: () => true });
    assert.deepEqual(knowledge.standing, { state: 'loading', documents: 0, passages: 0 });
    const found = await knowledge.retrieve({ text: 'How long does the glue cure?', limit: 3 }, signal);
    assert.equal(found.passages[0]?.passage.headingPath[0], 'Glue');
    assert.deepEqual(knowledge.standing, { state: 'ready', documents: 25, passages: 50 });
  });

  test('follows what another process writes and removes', async () => {
    await using db = await openMemory();
    const knowledge = createKnowledge({ db, isConfigured: () => true });
    await knowledge.catchUp();
    assert.equal(knowledge.standing.documents, 0);
    await saveItem(db, item([split()]), 1);
    await Promise.all([knowledge.catchUp(), knowledge.catchUp()]);
    assert.equal(knowledge.standing.documents, 1);
    await removeUnseen(db, 'help-center', 2);
    await knowledge.catchUp();
    assert.deepEqual(knowledge.standing, { state: 'ready', documents: 0, passages: 0 });
  });

  test('says that it is off where no source is configured', async () => {
    await using db = await openMemory();
    let isConfigured = false;
    const knowledge = createKnowledge({ db, isConfigured: () => isConfigured });
    assert.equal(knowledge.isConfigured, false);
    assert.equal(knowledge.standing.state, 'off');
    isConfigured = true;
    assert.equal(knowledge.isConfigured, true);
    assert.equal(knowledge.standing.state, 'loading');
  });
});
