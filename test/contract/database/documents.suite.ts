import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Database } from '../../../src/store/database.ts';
import { listItems, markSeen, removeOtherSources, removeUnseen, saveItem } from '../../../src/store/documents.ts';
import { type DocumentChange, readChanges } from '../../../src/store/knowledge-changes.ts';
import { document, item, split } from '../../support/documents.ts';
import { type DatabaseHarness, openPlace, startsAt } from './place.ts';

const german = { id: 'help-center:3001/de', locale: 'de', title: 'Ein Leck flicken', markdown: 'Die Haut trocknen.' };
const warranty = { id: 'help-center:3002/en', title: 'Warranty', markdown: 'Three years.' };

/** Everything that somebody learns who has followed the changes up to `after`. */
async function changesAfter(db: Database, after: number, limit = 100): Promise<readonly DocumentChange[]> {
  return await readChanges(db, after, limit);
}

const names = (changes: readonly DocumentChange[]): readonly string[] =>
  changes.map(({ documentId, stored }) => (stored === undefined ? `-${documentId}` : documentId));

export function documents(harness: DatabaseHarness): void {
  describe('documents', () => {
    test('come back as they were stored, with their passages in order', async () => {
      await using place = await openPlace(harness);
      const one = split();
      assert.ok(one.passages.length > 1);
      assert.deepEqual(await saveItem(place.db, item([one]), startsAt), { changed: 1, removed: 0 });
      const [change] = await changesAfter(place.db, 0);
      assert.deepEqual(change?.stored, { document: document(), passages: one.passages });
    });

    test('without a URL, a locale and a time come back without', async () => {
      await using place = await openPlace(harness);
      const bare = split({ kind: 'file', url: undefined, locale: undefined, updatedAt: undefined });
      await saveItem(place.db, item([bare]), startsAt);
      const [change] = await changesAfter(place.db, 0);
      assert.deepEqual(change?.stored?.document, bare.document);
    });

    test('that are stored again unchanged are no change', async () => {
      await using place = await openPlace(harness);
      await saveItem(place.db, item([split()]), startsAt);
      const seen = (await changesAfter(place.db, 0)).at(-1)?.version ?? 0;
      assert.deepEqual(await saveItem(place.db, item([split()]), startsAt + 1), { changed: 0, removed: 0 });
      assert.deepEqual(await changesAfter(place.db, seen), []);
    });

    test('of an item are replaced by its new ones: a changed one, one that is new, one that is gone', async () => {
      await using place = await openPlace(harness);
      await saveItem(place.db, item([split(), split(german)]), startsAt);
      const seen = (await changesAfter(place.db, 0)).at(-1)?.version ?? 0;
      const changed = split({ markdown: 'Dry the skin well.' });
      const french = split({ ...german, id: 'help-center:3001/fr', locale: 'fr' });
      const written = await saveItem(place.db, item([changed, french]), startsAt);
      assert.deepEqual(written, { changed: 2, removed: 1 });
      const changes = await changesAfter(place.db, seen);
      assert.deepEqual(names(changes), ['-help-center:3001/de', 'help-center:3001/en', 'help-center:3001/fr']);
      assert.deepEqual(changes[1]?.stored?.passages, changed.passages);
    });

    test('are followed in steps, and none is missed, however small the steps', async () => {
      await using place = await openPlace(harness);
      for (let number = 1; number <= 5; number += 1) {
        const one = split({ id: `help-center:${number}/en` });
        const two = split({ id: `help-center:${number}/de` });
        await saveItem(place.db, item([one, two], { itemId: String(number) }), startsAt);
      }
      await saveItem(place.db, item([], { itemId: '2' }), startsAt);
      const all = names(await changesAfter(place.db, 0));
      const stepped: string[] = [];
      let version = 0;
      for (;;) {
        const step = await changesAfter(place.db, version, 1);
        if (step.length === 0) break;
        version = step.at(-1)?.version ?? 0;
        stepped.push(...names(step));
      }
      assert.equal(all.length, 10);
      assert.deepEqual(stepped, all);
      assert.deepEqual(stepped.slice(-2), ['-help-center:2/de', '-help-center:2/en']);
    });

    test('written by several instances at once get versions that a follower can trust', async () => {
      await using place = await openPlace(harness);
      // Two handles on SQLite in one thread would wait for each other: there a process has one.
      const handles = place.db.dialect === 'sqlite' ? [place.db] : [place.db, place.open(), place.open()];
      await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const db = handles[index % handles.length] ?? place.db;
          const id = `help-center:${index}/en`;
          await saveItem(db, item([split({ id })], { itemId: String(index) }), startsAt);
        }),
      );
      const versions = (await changesAfter(place.db, 0)).map(({ version }) => version);
      assert.equal(versions.length, 12);
      assert.equal(new Set(versions).size, 12);
    });
  });

  describe('a sync', () => {
    test('learns what is known of each item, and when it was last found', async () => {
      await using place = await openPlace(harness);
      await saveItem(place.db, item([split(), split(german)], { validator: 'etag-1' }), startsAt);
      await saveItem(place.db, item([split(warranty)], { itemId: '3002' }), startsAt);
      await markSeen(place.db, 'help-center', '3001', startsAt + 5);
      const known = new Map([
        ['3001', { validator: 'etag-1', seenAt: startsAt + 5 }],
        ['3002', { validator: undefined, seenAt: startsAt }],
      ]);
      assert.deepEqual(await listItems(place.db, 'help-center'), known);
      assert.deepEqual(await listItems(place.db, 'handbook'), new Map());
    });

    test('removes what it has not found, of its own source alone', async () => {
      await using place = await openPlace(harness);
      const handbook = split({ id: 'handbook:a.md', sourceName: 'handbook' });
      await saveItem(place.db, item([handbook], { sourceName: 'handbook', itemId: 'a.md' }), startsAt);
      await saveItem(place.db, item([split()]), startsAt);
      await saveItem(place.db, item([split(warranty)], { itemId: '3002' }), startsAt + 10);
      assert.equal(await removeUnseen(place.db, 'help-center', startsAt + 10), 1);
      const left = names(await changesAfter(place.db, 0));
      assert.deepEqual(left.toSorted(), ['-help-center:3001/en', 'handbook:a.md', 'help-center:3002/en']);
    });

    test('of a team that has dropped a source removes all of it', async () => {
      await using place = await openPlace(harness);
      await saveItem(place.db, item([split()]), startsAt);
      assert.equal(await removeOtherSources(place.db, ['help-center']), 0);
      assert.equal(await removeOtherSources(place.db, ['handbook', 'blog']), 1);
      assert.deepEqual(names(await changesAfter(place.db, 0)), ['-help-center:3001/en']);
      await saveItem(place.db, item([split()]), startsAt);
      assert.equal(await removeOtherSources(place.db, []), 1);
    });
  });
}
