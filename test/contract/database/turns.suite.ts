import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../support/fast-check.ts';
import { parsePartId, parseTurnId, parseWorkspaceId } from '../../../src/domain/ids.ts';
import { isLive, type Turn } from '../../../src/domain/turn.ts';
import { sql } from '../../../src/store/sql.ts';
import {
  countLiveTurns,
  getTurn,
  insertTurn,
  isPartCovered,
  listTurns,
  lockNewestTurn,
  updateTurn,
} from '../../../src/store/turns.ts';
import { conversationId, positionAt, workspaceId } from '../../support/turns.ts';
import { type DatabaseHarness, openPlace, readAll, startsAt } from './place.ts';
import { anyTurn, apart, deliveredTurn, unpostedTurn, waitingTurn, workingTurn } from './rows.ts';

const oneOfEach: readonly Turn[] = [
  waitingTurn(),
  workingTurn(),
  deliveredTurn(),
  unpostedTurn('withheld'),
  unpostedTurn('skipped'),
  unpostedTurn('superseded'),
  unpostedTurn('dead'),
];

export function turns(harness: DatabaseHarness): void {
  describe('turns', () => {
    test('a turn in any state is read as it was written', async () => {
      await using place = await openPlace(harness);
      const property = fc.asyncProperty(anyTurn, async (turn) => {
        await place.db.query(sql`delete from turns`);
        await insertTurn(place.db, turn);
        assert.deepEqual(await getTurn(place.db, turn.id), turn);
      });
      await fc.assert(property, { numRuns: 100 });
    });

    test('a turn is rewritten from any state to any other, all of it', async () => {
      await using place = await openPlace(harness);
      const property = fc.asyncProperty(anyTurn, anyTurn, async (previous, drawn) => {
        await place.db.query(sql`delete from turns`);
        const { id, workspaceId: workspace, conversationId: conversation } = previous;
        const next: Turn = { ...drawn, id, workspaceId: workspace, conversationId: conversation };
        await insertTurn(place.db, previous);
        assert.equal(await updateTurn(place.db, previous, next), true);
        assert.deepEqual(await getTurn(place.db, id), next);
      });
      await fc.assert(property, { numRuns: 100 });
    });

    for (const stored of oneOfEach.filter(({ state }) => state !== 'waiting')) {
      test(`what was decided of a waiting turn is not written over one that is ${stored.state} by now`, async () => {
        await using place = await openPlace(harness);
        await insertTurn(place.db, stored);
        const seen = waitingTurn({ attempt: stored.attempt });
        assert.equal(await updateTurn(place.db, seen, { ...seen, dueAt: startsAt + 1 }), false);
        assert.deepEqual(await getTurn(place.db, stored.id), stored);
      });
    }

    test('a NUL in the words of an error does not keep the turn from being written', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, waitingTurn({ lastError: 'it said \0 and ended' }));
      const read = await getTurn(place.db, waitingTurn().id);
      assert.deepEqual(read, waitingTurn({ lastError: 'it said \uFFFD and ended' }));
    });

    test('no turn has an id that was never written', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, waitingTurn());
      assert.equal(await getTurn(place.db, parseTurnId('turn-2')), undefined);
    });

    for (const [first, second] of oneOfEach.flatMap((a) => oneOfEach.map((b) => [a, b] as const))) {
      const isRefused = isLive(first) && isLive(second);
      const does = isRefused ? 'refuses' : 'takes';
      test(`the database ${does} a ${second.state} turn where the conversation has one that is ${first.state}`, async () => {
        await using place = await openPlace(harness);
        await insertTurn(place.db, first);
        const before = await readAll(place.db);
        const inserting = insertTurn(place.db, { ...second, id: parseTurnId('turn-2') });
        if (isRefused) {
          await assert.rejects(inserting, /unique/i);
          assert.deepEqual(await readAll(place.db), before);
        } else {
          await inserting;
          assert.equal((await readAll(place.db))[1]?.length, 2);
        }
      });
    }

    test('the rule of one live turn counts the workspace: ids of conversations repeat between them', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, waitingTurn());
      const elsewhere = { id: parseTurnId('turn-2'), workspaceId: parseWorkspaceId('another') };
      await insertTurn(place.db, waitingTurn(elsewhere));
      assert.deepEqual(await countLiveTurns(place.db), { waiting: 2, working: 0 });
    });

    test('an ended turn does not become live again while another is', async () => {
      await using place = await openPlace(harness);
      const dead = unpostedTurn('dead');
      await insertTurn(place.db, dead);
      await insertTurn(place.db, waitingTurn({ id: parseTurnId('turn-2') }));
      const before = await readAll(place.db);
      await assert.rejects(updateTurn(place.db, dead, waitingTurn()), /unique/i);
      assert.deepEqual(await readAll(place.db), before);
    });

    test('the database refuses a state without what belongs to it', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, waitingTurn());
      const broken = [
        sql`state = 'working'`,
        sql`state = 'delivered', due_at = null, ended_at = 1`,
        sql`state = 'dead', due_at = null, ended_at = 1`,
        sql`state = 'withheld', due_at = null, reason = 'because'`,
        sql`due_at = null`,
        sql`lease_owner = 'owner-1', lease_ends_at = 1`,
        sql`ended_at = 1`,
        sql`part_id = '101'`,
        sql`state = 'sleeping'`,
      ];
      for (const change of broken) {
        await assert.rejects(place.db.query(sql`update turns set ${change}`), /check/i, change.texts.join('?'));
      }
    });

    test('the newest turn is the live one, else the one opened last', async () => {
      await using place = await openPlace(harness);
      const newest = async () =>
        (await place.db.transaction(async (tx) => await lockNewestTurn(tx, workspaceId, conversationId)))?.id;
      assert.equal(await newest(), undefined);
      await insertTurn(place.db, deliveredTurn({ id: parseTurnId('old'), openedAt: startsAt }));
      await insertTurn(place.db, unpostedTurn('dead', { id: parseTurnId('new'), openedAt: startsAt + 2 }));
      await insertTurn(place.db, deliveredTurn({ ...apart(3), openedAt: startsAt + 9 }));
      assert.equal(await newest(), 'new');
      // Another instance's clock may be behind.
      await insertTurn(place.db, waitingTurn({ id: parseTurnId('live'), openedAt: startsAt + 1 }));
      assert.equal(await newest(), 'live');
    });

    test('a part is covered by another turn of the conversation that drafted for it, and by nothing else', async () => {
      await using place = await openPlace(harness);
      const turn = workingTurn({ upTo: positionAt(100) });
      await insertTurn(place.db, turn);
      const others: readonly Turn[] = [
        deliveredTurn({ ...apart(2) }),
        deliveredTurn({ id: parseTurnId('elsewhere'), workspaceId: parseWorkspaceId('another') }),
        deliveredTurn({ id: parseTurnId('earlier'), upTo: positionAt(99) }),
        deliveredTurn({ id: parseTurnId('no-part'), upTo: { partId: undefined, at: 100 } }),
        ...(['skipped', 'superseded', 'dead'] as const).map((state) => unpostedTurn(state, { id: parseTurnId(state) })),
      ];
      for (const other of others) await insertTurn(place.db, other);
      assert.equal(await isPartCovered(place.db, turn), false);
      assert.equal(await isPartCovered(place.db, { ...turn, upTo: { partId: undefined, at: 100 } }), false);

      for (const covering of [deliveredTurn, (changes: object) => unpostedTurn('withheld', changes)]) {
        await insertTurn(place.db, covering({ id: parseTurnId('covering') }));
        assert.equal(await isPartCovered(place.db, turn), true);
        await place.db.query(sql`delete from turns where id = 'covering'`);
      }
    });

    test('turns are listed newest first, by state, by conversation, and no more than asked for', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, deliveredTurn({ id: parseTurnId('a'), openedAt: startsAt, partId: parsePartId('1') }));
      await insertTurn(place.db, deliveredTurn({ id: parseTurnId('b'), openedAt: startsAt + 1 }));
      await insertTurn(place.db, waitingTurn({ id: parseTurnId('c'), openedAt: startsAt + 1 }));
      await insertTurn(place.db, waitingTurn({ ...apart(2), id: parseTurnId('d'), openedAt: startsAt + 2 }));
      const list = async (filter: object, limit = 10): Promise<string> => {
        const all = { state: undefined, conversationId: undefined, ...filter };
        return (await listTurns(place.db, all, limit)).map((turn) => turn.id).join(' ');
      };
      assert.equal(await list({}), 'd c b a');
      assert.equal(await list({}, 2), 'd c');
      assert.equal(await list({ state: 'delivered' }), 'b a');
      assert.equal(await list({ conversationId }), 'c b a');
      assert.equal(await list({ conversationId, state: 'waiting' }), 'c');
      assert.deepEqual(await countLiveTurns(place.db), { waiting: 2, working: 0 });
    });
  });
}
