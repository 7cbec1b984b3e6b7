import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dropArticleNotice, listArticleNotices, noteArticle } from '../../../src/store/article-notices.ts';
import type { Database } from '../../../src/store/database.ts';
import { saveItem } from '../../../src/store/documents.ts';
import { readChanges } from '../../../src/store/knowledge-changes.ts';
import { claimSource, extendSourceLease, listSources, releaseSource } from '../../../src/store/sources.ts';
import { listUnembedded, listVectors, saveVectors, type VectorSpace } from '../../../src/store/vectors.ts';
import { item, split } from '../../support/documents.ts';
import { type DatabaseHarness, openPlace, startsAt } from './place.ts';

const mine = { owner: 'one', durationMs: 1000 };
const theirs = { owner: 'two', durationMs: 1000 };
const space: VectorSpace = { model: 'bge-m3', revision: '1', prefix: '' };

async function storePassages(db: Database): Promise<readonly string[]> {
  const one = split();
  await saveItem(db, item([one]), startsAt);
  return one.passages.map(({ id }) => id);
}

const unembedded = async (db: Database, of = space): Promise<readonly string[]> =>
  (await listUnembedded(db, of, 10)).map(({ id }) => id);

export function sources(harness: DatabaseHarness): void {
  describe('a source', () => {
    test('is one owner’s until it is given back or the lease ends', async () => {
      await using place = await openPlace(harness);
      const other = place.open();
      assert.equal(await claimSource(place.db, 'handbook', mine, startsAt), startsAt);
      assert.equal(await claimSource(other, 'handbook', theirs, startsAt + 999), undefined);
      assert.equal(await extendSourceLease(place.db, 'handbook', mine, startsAt + 900), true);
      assert.equal(await claimSource(other, 'handbook', theirs, startsAt + 1000), undefined);
      await releaseSource(place.db, 'handbook', 'one', { kind: 'finished', problems: [] }, startsAt + 1100);
      assert.equal(await claimSource(other, 'handbook', theirs, startsAt + 1200), startsAt + 1200);
    });

    test('whose owner died is taken over, and the sync goes on from where it began', async () => {
      await using place = await openPlace(harness);
      await claimSource(place.db, 'handbook', mine, startsAt);
      assert.equal(await claimSource(place.db, 'handbook', theirs, startsAt + 1000), startsAt);
      assert.equal(await extendSourceLease(place.db, 'handbook', mine, startsAt + 1001), false);
      await releaseSource(place.db, 'handbook', 'one', { kind: 'failed', why: 'late' }, startsAt + 1001);
      const [record] = await listSources(place.db, startsAt + 1002);
      assert.equal(record?.failure, undefined);
      assert.equal(record?.isSyncing, true);
    });

    test('tells how its sync went, with what it holds', async () => {
      await using place = await openPlace(harness);
      await storePassages(place.db);
      await claimSource(place.db, 'help-center', mine, startsAt);
      const problems = [{ item: 'b.pdf', why: 'It is not a PDF.' }];
      await releaseSource(place.db, 'help-center', 'one', { kind: 'finished', problems }, startsAt + 5);
      const finished = {
        name: 'help-center',
        isSyncing: false,
        finishedAt: startsAt + 5,
        failure: undefined,
        problems,
        documents: 1,
        passages: 2,
      };
      assert.deepEqual(await listSources(place.db, startsAt + 6), [finished]);

      await claimSource(place.db, 'help-center', mine, startsAt + 10);
      await releaseSource(place.db, 'help-center', 'one', { kind: 'failed', why: 'Intercom is away.' }, startsAt + 11);
      assert.deepEqual(await listSources(place.db, startsAt + 12), [{ ...finished, failure: 'Intercom is away.' }]);
      // It goes on with the sync that was cut short.
      assert.equal(await claimSource(place.db, 'help-center', mine, startsAt + 20), startsAt + 10);
    });
  });

  describe('a notice of an article', () => {
    test('is kept once, and stays when it was heard again while the article was read', async () => {
      await using place = await openPlace(harness);
      await noteArticle(place.db, '3001', startsAt);
      await noteArticle(place.db, '3002', startsAt + 1);
      const [first] = await listArticleNotices(place.db, 10);
      assert.deepEqual(first, { articleId: '3001', heardAt: startsAt });
      await noteArticle(place.db, '3001', startsAt);
      await dropArticleNotice(place.db, { articleId: '3001', heardAt: startsAt });
      const left = await listArticleNotices(place.db, 10);
      assert.deepEqual(left.map(({ articleId }) => articleId).toSorted(), ['3001', '3002']);
      for (const notice of left) await dropArticleNotice(place.db, notice);
      assert.deepEqual(await listArticleNotices(place.db, 10), []);
    });
  });

  describe('vectors', () => {
    test('come back bit for bit, and their document counts as changed', async () => {
      await using place = await openPlace(harness);
      const [first = '', second = ''] = await storePassages(place.db);
      const seen = (await readChanges(place.db, 0, 10)).at(-1)?.version ?? 0;
      assert.deepEqual(await unembedded(place.db), [first, second]);
      const vector = Float32Array.of(0.1, -0.25, Number.MIN_VALUE, 3e38);
      await saveVectors(place.db, space, new Map([[first, vector]]));
      assert.deepEqual(await listVectors(place.db, space, [first, second]), new Map([[first, vector]]));
      assert.deepEqual(await unembedded(place.db), [second]);
      assert.equal((await readChanges(place.db, seen, 10)).length, 1);
    });

    test('of another model, revision or prefix are none, and are replaced', async () => {
      await using place = await openPlace(harness);
      const [first = ''] = await storePassages(place.db);
      await saveVectors(place.db, space, new Map([[first, Float32Array.of(1)]]));
      for (const change of [{ model: 'e5' }, { revision: '2' }, { prefix: 'passage: ' }]) {
        const other = { ...space, ...change };
        assert.deepEqual(await listVectors(place.db, other, [first]), new Map());
        assert.equal((await unembedded(place.db, other)).length, 2);
      }
      const other = { ...space, revision: '2' };
      await saveVectors(place.db, other, new Map([[first, Float32Array.of(2)]]));
      assert.deepEqual(await listVectors(place.db, space, [first]), new Map());
      assert.deepEqual(await listVectors(place.db, other, [first]), new Map([[first, Float32Array.of(2)]]));
    });

    test('stay with the passages of a changed document that have not changed, and go with the others', async () => {
      await using place = await openPlace(harness);
      const [first = '', second = ''] = await storePassages(place.db);
      const vectors = new Map([first, second].map((id) => [id, Float32Array.of(1, 0)]));
      await saveVectors(place.db, space, vectors);
      const changed = split({ markdown: 'Dry the skin well.\n\n## Glue {#glue}\n\nLet it cure for 12 hours.' });
      await saveItem(place.db, item([changed]), startsAt);
      assert.deepEqual([...(await listVectors(place.db, space, [first, second])).keys()], [second]);
      await saveVectors(place.db, space, new Map([[first, Float32Array.of(1, 0)]]));
      assert.equal((await listVectors(place.db, space, [first])).size, 0);
    });
  });
}
