import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { contextAt, conversationId, positionAt, retry, timing, workspaceId } from '../../test/support/turns.ts';
import { parsePartId } from './ids.ts';
import { isLater, type Position } from './position.ts';
import { isLive, openingBy, openTurn, transition, type Turn, type TurnEvent } from './turn.ts';

/** One conversation as the store keeps it: its turns in the order in which they opened. */
type Conversation = { readonly turns: readonly Turn[] };

/** Something that happens `afterMs` after the last: to the newest turn, or to an older one that a late worker means. */
type Step = {
  readonly event: TurnEvent;
  readonly afterMs: number;
  readonly turnsBack: number;
  readonly random: number;
};

/** What the store does with an event: the same moves as src/queue/apply.ts, without a database. */
function apply(before: Conversation, { event, turnsBack, random }: Step, now: number): Conversation {
  const { turns } = before;
  const context = { ...contextAt(now, `turn-${turns.length + 1}`), random };
  const index = turns.length - 1 - turnsBack;
  const turn = turns[index];
  if (turn === undefined) {
    const opens = turns.length === 0 ? openingBy(event, context) : undefined;
    return opens === undefined ? before : { turns: [openTurn(workspaceId, conversationId, opens)] };
  }
  const next = transition(turn, event, context);
  switch (next.kind) {
    case 'unchanged':
    case 'refused':
      return before;
    case 'changed':
      return { turns: next.turn.id === turn.id ? turns.with(index, next.turn) : [...turns, next.turn] };
    case 'replaced':
      return { turns: [...turns.with(index, next.ended), openTurn(workspaceId, conversationId, next.opens)] };
  }
}

const position: fc.Arbitrary<Position> = fc.oneof(
  fc.integer({ min: 100, max: 120 }).map(positionAt),
  fc.record({ partId: fc.constantFrom(undefined, parsePartId('source:1')), at: fc.integer({ min: 100, max: 120 }) }),
);
const owner = fc.constantFrom('owner-1', 'owner-2', 'owner-3');
const reason = fc.constant('because');

/** What a notification brings: always about the conversation, so about its newest turn. */
const notification: fc.Arbitrary<TurnEvent> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('contact-wrote'), position }) },
  fc.record({ type: fc.constantFrom('teammate-replied', 'bot-replied', 'conversation-closed'), position }),
  { weight: 1, arbitrary: fc.constant<TurnEvent>({ type: 'conversation-deleted' }) },
);
const failure = fc.record({
  kind: fc.constantFrom('outage', 'fault', 'terminal'),
  message: reason,
  retryAfterMs: fc.option(fc.integer({ min: 0, max: 90_000 }), { nil: undefined }),
});
const outcome = fc.oneof(
  fc.record({
    kind: fc.constant('delivered'),
    partId: fc.integer({ min: 200, max: 299 }).map(String).map(parsePartId),
  }),
  fc.record({ kind: fc.constantFrom('withheld', 'skipped', 'superseded'), reason }),
);
/** What a worker says of a turn, whether it is still the worker's or not. */
const report: fc.Arbitrary<TurnEvent> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('attempt-failed'), owner, failure }) },
  fc.record({ type: fc.constant('attempt-ended'), owner, outcome }),
  fc.record({ type: fc.constant('handed-back'), owner }),
  fc.record({ type: fc.constant('conversation-read'), owner, upTo: position }),
);
const claim: fc.Arbitrary<TurnEvent> = fc.record({ type: fc.constant('claimed'), owner, isAlone: fc.boolean() });

const afterMs = fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 20_000 }));
const random = fc.double({ min: 0, max: 0.999, noNaN: true });
const onNewest = fc.constant(0);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ event: notification, afterMs, random, turnsBack: onNewest }) },
  { weight: 4, arbitrary: fc.record({ event: claim, afterMs, random, turnsBack: onNewest }) },
  {
    weight: 4,
    arbitrary: fc.record({ event: report, afterMs, random, turnsBack: fc.constantFrom(0, 0, 0, 1, 2) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ event: fc.constant({ type: 'revived' }), afterMs, random, turnsBack: onNewest }),
  },
);

/** `size`: fast-check's own choice is some ten steps, too few to die and be revived. */
const life = fc.array(step, { maxLength: 60, size: 'max' });

type Moment = {
  readonly step: Step;
  readonly now: number;
  readonly before: Conversation;
  readonly after: Conversation;
};

/** Runs `steps` and looks at each moment. */
function play(steps: readonly Step[], look: (moment: Moment) => void): Conversation {
  let conversation: Conversation = { turns: [] };
  let now = 1_000_000;
  for (const one of steps) {
    now += one.afterMs;
    const before = conversation;
    conversation = apply(before, one, now);
    look({ step: one, now, before, after: conversation });
  }
  return conversation;
}

/** A turn as it was and as it is, for each that stood before the step. */
const pairs = ({ before, after }: Moment): readonly (readonly [Turn, Turn | undefined])[] =>
  before.turns.map((turn, index) => [turn, after.turns[index]]);

const isReport = ({ type }: TurnEvent): boolean =>
  ['conversation-read', 'attempt-failed', 'handed-back', 'attempt-ended'].includes(type);

/** Checks `look` after every step of many random lives. */
function always(look: (moment: Moment) => void): void {
  fc.assert(
    fc.property(life, (steps) => {
      play(steps, look);
    }),
    { numRuns: 500 },
  );
}

describe('whatever happens in a conversation, in whatever order,', () => {
  test('these lives pass through every state, changes of hands and revivals: the rules below meet them all', () => {
    const seen = new Set<string>();
    for (const steps of fc.sample(life, { numRuns: 500, seed: 1 })) {
      play(steps, (moment) => {
        for (const { state, attempt } of moment.after.turns)
          seen.add(state).add(attempt > 1 ? 'another attempt' : state);
        if (moment.after !== moment.before) seen.add(moment.step.event.type);
      });
    }
    const states = ['waiting', 'working', 'delivered', 'withheld', 'skipped', 'superseded', 'dead', 'another attempt'];
    const effects = ['contact-wrote', 'teammate-replied', 'bot-replied', 'conversation-closed', 'conversation-deleted'];
    const work = ['claimed', 'conversation-read', 'attempt-failed', 'handed-back', 'attempt-ended', 'revived'];
    assert.deepEqual(
      [...states, ...effects, ...work].filter((kind) => !seen.has(kind)),
      [],
    );
  });

  test('at most one turn is live, and it is the newest', () => {
    always(({ after: { turns } }) => {
      assert.ok(turns.slice(0, -1).every((turn) => !isLive(turn)));
    });
  });

  test('a turn that has ended never changes, but for a dead one that is revived', () => {
    always((moment) => {
      for (const [was, is] of pairs(moment)) {
        if (isLive(was)) continue;
        const isRevived = was.state === 'dead' && moment.step.event.type === 'revived' && is?.state === 'waiting';
        assert.ok(isRevived || is === was);
      }
    });
  });

  test('a worker that does not hold the turn changes nothing', () => {
    always(({ step: { event, turnsBack }, before, after }) => {
      if (!isReport(event) || !('owner' in event)) return;
      const turn = before.turns.at(-1 - turnsBack);
      if (turn?.state !== 'working' || turn.lease.owner !== event.owner) assert.equal(after, before);
    });
  });

  test('a turn changes hands only when its lease has ended', () => {
    always((moment) => {
      for (const [was, is] of pairs(moment)) {
        if (was.state !== 'working' || is?.state !== 'working' || is.attempt === was.attempt) continue;
        assert.ok(was.lease.endsAt <= moment.now);
        assert.equal(is.faults, was.faults + 1);
      }
    });
  });

  test('a turn dies of its workers’ deaths only after it was alone, and a suspect is never beside others', () => {
    always((moment) => {
      const { event } = moment.step;
      if (event.type !== 'claimed') return;
      for (const [was, is] of pairs(moment)) {
        if (was.state !== 'working' || is === undefined || is === was) continue;
        assert.ok(event.isAlone || was.faults < retry.faultsBeforeSuspect);
        assert.ok(event.isAlone || is.state === 'working');
      }
    });
  });

  test('the attempts of a turn are its claims, less those handed back', () => {
    always((moment) => {
      const { type } = moment.step.event;
      for (const [was, is] of pairs(moment)) {
        if (is === undefined || is === was) continue;
        if (type === 'claimed') assert.equal(is.attempt, was.attempt + (is.state === 'dead' ? 0 : 1));
        else if (type === 'handed-back') assert.equal(is.attempt, was.attempt - 1);
        else assert.equal(is.attempt, type === 'revived' ? 0 : was.attempt);
        assert.ok(is.attempt >= 0);
      }
    });
  });

  test('no notification takes a live turn back to an older part', () => {
    always((moment) => {
      if (moment.step.event.type === 'conversation-read') return;
      for (const [was, is] of pairs(moment)) {
        if (is === undefined) continue;
        assert.ok(is.upTo === was.upTo || isLater(is.upTo, was.upTo));
      }
    });
  });

  test('a notification that comes again at once changes nothing', () => {
    always(({ step: one, now, after }) => {
      if (isReport(one.event) || one.event.type === 'claimed' || one.event.type === 'revived') return;
      assert.equal(apply(after, one, now), after);
      assert.equal(apply(after, one, now + 60_000), after);
    });
  });

  test('a turn is delivered at most once', () => {
    fc.assert(
      fc.property(life, (steps) => {
        const delivered: string[] = [];
        play(steps, (moment) => {
          for (const [was, is] of pairs(moment)) {
            if (was.state !== 'delivered' && is?.state === 'delivered') delivered.push(is.id);
          }
        });
        assert.equal(new Set(delivered).size, delivered.length);
      }),
    );
  });
});

describe('however fast the contact writes on,', () => {
  test('a turn without failures falls due at most waitMax after it opened', () => {
    // Each message is newer than the last, so that each one moves the turn.
    const gaps = fc.array(fc.integer({ min: 0, max: timing.quietPeriodMs }), { maxLength: 40, size: 'max' });
    const messages = gaps.map((all) =>
      all.map((gapMs, index): Step => {
        const event = { type: 'contact-wrote', position: positionAt(100 + index) } as const;
        return { event, afterMs: gapMs, random: 0, turnsBack: 0 };
      }),
    );
    fc.assert(
      fc.property(messages, (steps) => {
        play(steps, ({ after }) => {
          for (const turn of after.turns) {
            if (turn.state !== 'waiting') continue;
            assert.ok(turn.dueAt >= turn.openedAt + timing.quietPeriodMs);
            assert.ok(turn.dueAt <= turn.openedAt + timing.waitMaxMs);
          }
        });
      }),
    );
  });

  test('the newest message has a live turn once all notifications are here, in any order and any number of times', () => {
    const messages = fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 });
    const others = fc.array(
      fc.record({
        type: fc.constantFrom('teammate-replied', 'bot-replied', 'conversation-closed'),
        back: fc.integer({ min: 1, max: 50 }),
      }),
      { maxLength: 4 },
    );
    const arrivals = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(messages, others, arrivals, (seconds, replies, order) => {
        const newest = Math.max(...seconds);
        const all: readonly TurnEvent[] = [
          ...seconds.map((at): TurnEvent => ({ type: 'contact-wrote', position: positionAt(at) })),
          ...replies.map(({ type, back }): TurnEvent => ({ type, position: positionAt(newest - back) })),
        ];
        const shuffled = [...all, ...all]
          .map((event, index) => ({ event, key: order[index] ?? 0 }))
          .toSorted((a, b) => a.key - b.key);
        const steps = shuffled.map(({ event }): Step => ({ event, afterMs: 10, turnsBack: 0, random: 0 }));
        const last = play(steps, () => undefined).turns.at(-1);
        assert.ok(last !== undefined && isLive(last));
        assert.deepEqual(last.upTo, positionAt(newest));
      }),
    );
  });
});
