import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { contextAt, conversationId, openedAt, positionAt, turnIn, workspaceId } from '../../test/support/turns.ts';
import { type TransitionContext, type Turn, type TurnEvent, isLive } from './turn.ts';
import { foldEvents } from './turn-changes.ts';

const conversation = { workspaceId, conversationId };
const moving = fc.constantFrom('contact-wrote', 'teammate-replied', 'bot-replied', 'conversation-closed');
const anyEvent: fc.Arbitrary<TurnEvent> = fc.oneof(
  fc.record({ type: moving, position: fc.integer({ min: 95, max: 115 }).map(positionAt) }),
  fc.constant<TurnEvent>({ type: 'conversation-deleted' }),
);
const anyTurn = fc.option(
  fc
    .constantFrom('waiting', 'working', 'delivered', 'withheld', 'skipped', 'superseded', 'dead')
    .map((state) => turnIn(state)),
  { nil: undefined },
);

/** Contexts whose turns are `opened-1`, `opened-2`, …, one second apart. */
function contexts(): () => TransitionContext {
  let count = 0;
  return () => {
    count += 1;
    return contextAt(openedAt + count * 1000, `opened-${count}`);
  };
}

/** A store of one conversation's turns, in the order of their opening. */
function write(turns: Turn[], { updates, inserts }: ReturnType<typeof foldEvents>): void {
  for (const { before, after } of updates) {
    assert.deepEqual(turns.at(-1), before);
    turns[turns.length - 1] = after;
  }
  turns.push(...inserts);
}

describe('events on the turns of a conversation', () => {
  test('many at once leave the same turns as one after another', () => {
    const property = fc.property(anyTurn, fc.array(anyEvent, { maxLength: 12 }), (newest, events) => {
      const start = newest === undefined ? [] : [newest];
      const [atOnce, inSteps] = [[...start], [...start]];
      write(atOnce, foldEvents(conversation, newest, events, contexts()));
      const makeContext = contexts();
      for (const event of events) write(inSteps, foldEvents(conversation, inSteps.at(-1), [event], makeContext));
      assert.deepEqual(atOnce, inSteps);
      assert.ok(atOnce.filter(isLive).length <= 1);
      assert.ok(atOnce.slice(0, -1).every((turn) => !isLive(turn)));
    });
    fc.assert(property, { numRuns: 500 });
  });

  test('a turn under work that the contact overtakes is told as ended, with its state before', () => {
    const working = turnIn('working');
    const event: TurnEvent = { type: 'contact-wrote', position: positionAt(101) };
    const { ended, updates, inserts } = foldEvents(conversation, working, [event], contexts());
    assert.deepEqual(
      ended.map(({ before, after }) => [before.state, after.state]),
      [['working', 'superseded']],
    );
    assert.deepEqual(updates, ended);
    assert.deepEqual(
      inserts.map(({ state, upTo }) => [state, upTo]),
      [['waiting', positionAt(101)]],
    );
  });
});
