import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePartId, parseTurnId } from '../../../src/domain/ids.ts';
import type { Failure } from '../../../src/domain/retry.ts';
import type { Turn } from '../../../src/domain/turn.ts';
import { type AttemptResult, extendReach, reviveTurn, settleAttempt } from '../../../src/queue/queue.ts';
import { getPost, recordIntent } from '../../../src/store/posts.ts';
import { listTraces } from '../../../src/store/traces.ts';
import { getTurn, insertTurn } from '../../../src/store/turns.ts';
import { contextAt, positionAt, retry, timing } from '../../support/turns.ts';
import { type DatabaseHarness, openPlace, readAll, startsAt } from './place.ts';
import { deliveredTurn, unpostedTurn, waitingTurn, workingTurn } from './rows.ts';

const now = startsAt + 1000;
const context = contextAt(now, 'turn-2');
const mine = workingTurn({ attempt: 2, faults: 1 });
const failed = (kind: Failure['kind'], retryAfterMs?: number): AttemptResult => ({
  kind: 'failed',
  failure: { kind, message: 'it failed', retryAfterMs },
});

/** Each result, and what the turn is after it. The second attempt backs off for two seconds. */
const outcomes: readonly [what: string, result: AttemptResult, after: Turn][] = [
  [
    'delivered',
    { kind: 'delivered', partId: parsePartId('201') },
    deliveredTurn({ attempt: 2, faults: 1, endedAt: now, partId: parsePartId('201') }),
  ],
  ...(['withheld', 'skipped', 'superseded'] as const).map((kind): [string, AttemptResult, Turn] => [
    kind,
    { kind, reason: 'so it is' },
    unpostedTurn(kind, { attempt: 2, faults: 1, endedAt: now, reason: 'so it is' }),
  ]),
  [
    'failed by a fault',
    failed('fault'),
    waitingTurn({ attempt: 2, faults: 2, dueAt: now + 2000, lastError: 'it failed' }),
  ],
  [
    'failed by an outage that asks for more time',
    failed('outage', 9000),
    waitingTurn({ attempt: 2, faults: 1, dueAt: now + 9000, lastError: 'it failed' }),
  ],
  [
    'failed for good',
    failed('terminal'),
    unpostedTurn('dead', { attempt: 2, faults: 1, endedAt: now, reason: 'it failed' }),
  ],
  ['handed back', { kind: 'handed-back' }, waitingTurn({ attempt: 1, faults: 1, dueAt: now })],
];

export function attempts(harness: DatabaseHarness): void {
  describe('the end of an attempt', () => {
    for (const [what, result, after] of outcomes) {
      test(`an attempt that was ${what} leaves its turn, its trace and its post as they should be`, async () => {
        await using place = await openPlace(harness);
        await insertTurn(place.db, mine);
        await recordIntent(place.db, mine, { kind: 'note', authorId: 'a', body: '<p>hi</p>' }, startsAt);
        const settled = await settleAttempt(place.db, mine, result, '{"did":"it"}', context);
        assert.deepEqual(settled, { turn: after, opened: undefined });
        assert.deepEqual(await getTurn(place.db, mine.id), after);
        const trace = { attempt: 2, recordedAt: now, trace: '{"did":"it"}' };
        assert.deepEqual(await listTraces(place.db, mine.id), [trace]);
        const partId = result.kind === 'delivered' ? '201' : undefined;
        assert.equal((await getPost(place.db, mine.id))?.partId, partId);
        assert.equal((await readAll(place.db))[1]?.length, 1);
      });
    }

    test('the last fault of a turn ends it', async () => {
      await using place = await openPlace(harness);
      const tired = workingTurn({ faults: retry.faultsMax - 1 });
      await insertTurn(place.db, tired);
      const settled = await settleAttempt(place.db, tired, failed('fault'), '{}', context);
      assert.deepEqual([settled?.turn.state, settled?.turn.faults], ['dead', retry.faultsMax]);
    });

    test('an attempt that was overtaken ends its turn and opens the next, up to the newer message', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, mine);
      const by = positionAt(120);
      const settled = await settleAttempt(place.db, mine, { kind: 'overtaken', by }, '{}', context);
      const dueAt = now + timing.quietPeriodMs;
      const next = waitingTurn({ id: parseTurnId('turn-2'), openedAt: now, upTo: by, dueAt });
      const reason = 'the contact wrote again';
      const ended = unpostedTurn('superseded', { attempt: 2, faults: 1, endedAt: now, reason });
      assert.deepEqual(settled, { turn: ended, opened: next });
      assert.deepEqual(await getTurn(place.db, next.id), next);
      assert.deepEqual(await getTurn(place.db, mine.id), ended);
      assert.equal((await listTraces(place.db, mine.id)).length, 1);
    });

    test('an attempt overtaken by a message that is gone again ends its turn and opens none', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, mine);
      const settled = await settleAttempt(place.db, mine, { kind: 'overtaken', by: positionAt(90) }, '{}', context);
      assert.deepEqual([settled?.turn.state, settled?.opened], ['superseded', undefined]);
      assert.equal((await readAll(place.db))[1]?.length, 1);
    });

    test('each attempt keeps a trace of its own; one that was handed back is written over', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, mine);
      await settleAttempt(place.db, mine, { kind: 'handed-back' }, '{"n":1}', context);
      // Too late for the turn, and still its second attempt.
      await settleAttempt(place.db, mine, failed('fault'), '{"n":2}', contextAt(now + 1));
      await settleAttempt(place.db, { ...mine, attempt: 1 }, failed('fault'), '{"n":0}', context);
      const traces = (await listTraces(place.db, mine.id)).map(({ attempt, trace }) => [attempt, trace]);
      assert.deepEqual(traces, [
        [1, '{"n":0}'],
        [2, '{"n":2}'],
      ]);
    });

    test('the owner of a turn lets it reach a newer message', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, mine);
      assert.equal(await extendReach(place.db, mine, positionAt(150), context), true);
      assert.deepEqual(await getTurn(place.db, mine.id), { ...mine, upTo: positionAt(150) });
    });
  });

  describe('reviving', () => {
    test('a dead turn is due at once, with its attempts before it', async () => {
      await using place = await openPlace(harness);
      await insertTurn(place.db, unpostedTurn('dead', { attempt: 5, faults: 5, reason: 'gave up' }));
      const revived = waitingTurn({ openedAt: now, dueAt: now, lastError: 'gave up' });
      assert.deepEqual(await reviveTurn(place.db, revived.id, context), { ok: true, value: revived });
      assert.deepEqual(await getTurn(place.db, revived.id), revived);
    });

    test('a turn that nobody knows is refused', async () => {
      await using place = await openPlace(harness);
      const answer = await reviveTurn(place.db, parseTurnId('turn-9'), context);
      assert.deepEqual(answer, { ok: false, reason: 'There is no turn turn-9.' });
    });

    for (const turn of [waitingTurn(), workingTurn(), deliveredTurn(), unpostedTurn('superseded')]) {
      test(`a turn that is ${turn.state} is refused, and stays as it is`, async () => {
        await using place = await openPlace(harness);
        await insertTurn(place.db, turn);
        const answer = await reviveTurn(place.db, turn.id, context);
        const reason = `Not revived: only a dead turn can be revived; this one is ${turn.state}.`;
        assert.deepEqual(answer, { ok: false, reason });
        assert.deepEqual(await getTurn(place.db, turn.id), turn);
      });
    }

    for (const newer of [waitingTurn(), workingTurn(), deliveredTurn(), unpostedTurn('dead')]) {
      test(`a dead turn is refused where the conversation has a newer one that is ${newer.state}`, async () => {
        await using place = await openPlace(harness);
        const dead = unpostedTurn('dead');
        await insertTurn(place.db, dead);
        await insertTurn(place.db, { ...newer, id: parseTurnId('turn-2'), openedAt: startsAt + 1 });
        const before = await readAll(place.db);
        const answer = await reviveTurn(place.db, dead.id, context);
        const why = `The conversation has a newer turn, turn-2 (${newer.state}), so turn-1 is not revived.`;
        assert.deepEqual(answer, { ok: false, reason: why });
        assert.deepEqual(await readAll(place.db), before);
      });
    }
  });
}
