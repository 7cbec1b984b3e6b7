import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConversationId, parsePartId, parseWorkspaceId } from '../../../src/domain/ids.ts';
import type { WorkingTurn } from '../../../src/domain/turn.ts';
import type { Database } from '../../../src/store/database.ts';
import { deletePauses, insertPause } from '../../../src/store/pauses.ts';
import { getPost, isOwnComment, listPosts, recordIntent, recordPosted } from '../../../src/store/posts.ts';
import { insertTurn, updateTurn } from '../../../src/store/turns.ts';
import { conversationId, workspaceId } from '../../support/turns.ts';
import { type DatabaseHarness, openPlace, startsAt } from './place.ts';
import { apart, deliveredTurn, waitingTurn, workingTurn } from './rows.ts';

const turn = workingTurn();
const note = { kind: 'note', authorId: 'assistant', body: '<p>Hello</p>' } as const;
const comment = { ...note, kind: 'comment' } as const;

/** Stores a turn under work that means to post. */
async function intend(db: Database, intent: typeof note | typeof comment, of: WorkingTurn = turn): Promise<void> {
  await insertTurn(db, of);
  assert.equal(await recordIntent(db, of, intent, startsAt), 'stored');
}

export function posts(harness: DatabaseHarness): void {
  describe('the ledger of posts', () => {
    test('an intent is kept as it was meant, then with the part that Intercom confirmed', async () => {
      await using place = await openPlace(harness);
      await intend(place.db, note);
      const post = { turnId: turn.id, ...note, answers: turn.upTo, partId: undefined };
      assert.deepEqual(await getPost(place.db, turn.id), post);
      await recordPosted(place.db, turn.id, parsePartId('201'), startsAt);
      assert.deepEqual(await getPost(place.db, turn.id), { ...post, partId: '201' });
    });

    test('no intent is stored once a pause is committed, whoever has looked before', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, turn);
      await insertPause(place.db, { source: 'operator', reason: 'wrong prices', pausedAt: startsAt });
      assert.equal(await recordIntent(place.db, turn, note, startsAt), 'paused');
      assert.equal(await getPost(place.db, turn.id), undefined);
      await deletePauses(place.db);
      assert.equal(await recordIntent(place.db, turn, note, startsAt), 'stored');
    });

    test('a turn that posted nothing has no post', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, turn);
      await recordPosted(place.db, turn.id, parsePartId('201'), startsAt);
      assert.equal(await getPost(place.db, turn.id), undefined);
    });

    test('an intent is replaced by the next attempt’s, and no more once it is confirmed', async () => {
      await using place = await openPlace(harness);
      await intend(place.db, note);
      const second = workingTurn({ attempt: 2, lease: { owner: 'owner-2', endsAt: startsAt } });
      await updateTurn(place.db, turn, second);
      const better = { ...comment, body: '<p>Better</p>', authorId: 'another' };
      assert.equal(await recordIntent(place.db, second, better, startsAt), 'stored');
      const post = { turnId: turn.id, ...better, answers: turn.upTo, partId: undefined };
      assert.deepEqual(await getPost(place.db, turn.id), post);

      await recordPosted(place.db, turn.id, parsePartId('201'), startsAt);
      assert.equal(await recordIntent(place.db, second, note, startsAt), 'lost');
      assert.deepEqual(await getPost(place.db, turn.id), { ...post, partId: '201' });
    });

    test('the posts of a conversation are those of all its turns, and of no other’s', async () => {
      await using place = await openPlace(harness);
      await intend(place.db, note);
      await intend(place.db, note, workingTurn({ ...apart(2) }));
      const ledger = await listPosts(place.db, workspaceId, conversationId);
      assert.deepEqual(
        ledger.map(({ turnId, partId }) => [turnId, partId]),
        [[turn.id, undefined]],
      );
    });
  });

  describe('a comment that a notification speaks of', () => {
    const isOwn = async (db: Database, partId?: string, authorId?: string, workspace = workspaceId) =>
      await isOwnComment(db, workspace, conversationId, {
        partId: partId === undefined ? undefined : parsePartId(partId),
        authorId,
      });

    test('is our own when the ledger has its part, whoever is said to have written it', async () => {
      await using place = await openPlace(harness);
      await intend(place.db, comment);
      await recordPosted(place.db, turn.id, parsePartId('201'), startsAt);
      assert.equal(await isOwn(place.db, '201'), true);
      assert.equal(await isOwn(place.db, '201', 'a teammate'), true);
      assert.equal(await isOwn(place.db, '202', 'assistant'), false);
      assert.equal(await isOwn(place.db), false);
      assert.equal(await isOwn(place.db, '201', 'assistant', parseWorkspaceId('another')), false);
      const elsewhere = parseConversationId('another');
      const said = { partId: parsePartId('201'), authorId: 'assistant' };
      assert.equal(await isOwnComment(place.db, workspaceId, elsewhere, said), false);
    });

    test('is our own while one by the same author is on its way, and nobody else’s', async () => {
      await using place = await openPlace(harness);
      await intend(place.db, comment);
      assert.equal(await isOwn(place.db, '202', 'assistant'), true);
      assert.equal(await isOwn(place.db, undefined, 'assistant'), true);
      assert.equal(await isOwn(place.db, '202', 'a teammate'), false);
      assert.equal(await isOwn(place.db, '202'), false);
    });

    test('is not our own when only a note is on its way: teammates answer beside it', async () => {
      await using place = await openPlace(harness);
      await intend(place.db, note);
      assert.equal(await isOwn(place.db, '202', 'assistant'), false);
    });

    test('may be our own while the turn waits, since the call’s answer may have been lost, and not once it has ended', async () => {
      await using place = await openPlace(harness);
      await intend(place.db, comment);
      const waiting = waitingTurn({ attempt: 1 });
      await updateTurn(place.db, turn, waiting);
      assert.equal(await isOwn(place.db, '202', 'assistant'), true);
      await updateTurn(place.db, waiting, deliveredTurn());
      assert.equal(await isOwn(place.db, '202', 'assistant'), false);
    });
  });
}
