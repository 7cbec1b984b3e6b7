import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createEvents } from '../../../src/events.ts';
import type { TurnId } from '../../../src/domain/ids.ts';
import type { TransitionContext } from '../../../src/domain/turn.ts';
import { hasUnscheduled, type Notification } from '../../../src/store/notifications.ts';
import { insertTurn, listTurns } from '../../../src/store/turns.ts';
import { createScheduler, type Scheduler } from '../../../src/turn/scheduler.ts';
import { positionAt } from '../../support/turns.ts';
import { createClock, type DatabaseHarness, openPlace, type Place } from './place.ts';
import { apart, notification, workingTurn } from './rows.ts';
import pino from 'pino';
import { Registry } from 'prom-client';

type Scheduling = {
  readonly scheduler: Scheduler;
  readonly superseded: readonly TurnId[];
  readonly logged: readonly string[];
  /** For when work was announced. */
  readonly announced: readonly number[];
};

function startScheduling(place: Place, makeContext: () => TransitionContext): Scheduling {
  const [superseded, logged, announced]: [TurnId[], string[], number[]] = [[], [], []];
  const log = pino({ level: 'warn' }, { write: (line) => void logged.push(line) });
  const onSuperseded = (turnIds: readonly TurnId[]): void => void superseded.push(...turnIds);
  const events = createEvents(log, new Registry(), () => 0);
  const scheduler = createScheduler({
    db: place.db,
    makeContext,
    events,
    onSuperseded,
    onOpened: (dueAt) => void announced.push(dueAt),
  });
  return { scheduler, superseded, logged, announced };
}

const inConversation = (number: number): Notification =>
  notification(`n${number}`, { conversationId: apart(number).conversationId });

const everyTurn = { state: undefined, conversationId: undefined } as const;

/** A notification is stored and opens its turn in one commit. */
export function scheduling(harness: DatabaseHarness): void {
  describe('notifications on their way to turns', () => {
    test('are stored with their turns, each once, however many come at once', async () => {
      await using place = await openPlace(harness);
      const clock = createClock();
      const { scheduler, announced } = startScheduling(place, clock.context);
      const some = Array.from({ length: 40 }, (_, number) => inConversation(number));
      const again = [...some.slice(30), inConversation(40)];
      assert.equal((await scheduler.store(some)).size, 40);
      assert.deepEqual([...(await scheduler.store(again))], ['n40']);
      assert.equal(await hasUnscheduled(place.db), false);
      const turns = await listTurns(place.db, everyTurn, 100);
      assert.equal(turns.length, 41);
      assert.ok(turns.every(({ state }) => state === 'waiting'));
      const dueAt = clock.now() + clock.context().timing.quietPeriodMs;
      assert.deepEqual(announced, [dueAt, dueAt]);
    });

    test('end the turn under work that they overtake, and say so', async () => {
      await using place = await openPlace(harness);
      const { scheduler, superseded } = startScheduling(place, createClock().context);
      const working = workingTurn();
      await insertTurn(place.db, working);
      const event = { type: 'contact-wrote', position: positionAt(101), authorId: undefined } as const;
      await scheduler.store([notification('newer', { event })]);
      assert.deepEqual(superseded, [working.id]);
      const states = (await listTurns(place.db, everyTurn, 10)).map(({ state }) => state);
      assert.deepEqual(states.toSorted(), ['superseded', 'waiting']);
    });

    test('are stored even when their effect fails, and get it later', async () => {
      await using place = await openPlace(harness);
      const clock = createClock();
      let isBroken = true;
      // The first context is the store's, the second would be the effect's.
      let calls = 0;
      const makeContext = (): TransitionContext => {
        calls += 1;
        if (isBroken && calls === 2) throw new Error('a defect');
        return clock.context();
      };
      const { scheduler, logged, announced } = startScheduling(place, makeContext);
      assert.deepEqual([...(await scheduler.store([notification('a')]))], ['a']);
      assert.match(logged.join(''), /a defect/);
      assert.equal(await hasUnscheduled(place.db), true);
      assert.deepEqual(announced, [clock.now()]);
      assert.deepEqual(await listTurns(place.db, everyTurn, 10), []);
      isBroken = false;
      await scheduler.catchUp();
      assert.equal(await hasUnscheduled(place.db), false);
      assert.equal((await listTurns(place.db, everyTurn, 10)).length, 1);
    });
  });
}
