import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { missingAmong, readPage, testsNamedIn } from '../../test/support/named-tests.ts';
import {
  actsAt,
  attemptEnded,
  attemptFailed,
  contextAt,
  conversationId,
  oneDeathLeft,
  oneFaultLeft,
  openedAt,
  positionAt,
  retry,
  suspectFaults,
  turnIn,
  workspaceId,
} from '../../test/support/turns.ts';
import { parsePartId } from './ids.ts';
import { firstOpening, openingBy, transition, type TurnEvent, type TurnState } from './turn.ts';

type TurnEventName = TurnEvent['type'];

/** One way in which an event can come: the event, our clock, and how many faults the turn has had. */
type Variant = { readonly event: TurnEvent; readonly now?: number; readonly faults?: number };

const newer = positionAt(101);
const same = positionAt(100);
const older = positionAt(99);
const movedOn = (type: 'teammate-replied' | 'bot-replied' | 'conversation-closed') => ({
  'after it': { event: { type, position: newer } },
  'before it': { event: { type, position: older } },
});
const claimed = ({ isAlone }: { readonly isAlone: boolean }) =>
  ({ type: 'claimed', owner: 'owner-2', isAlone }) as const;
const variants = {
  'contact-wrote': {
    'a newer part': { event: { type: 'contact-wrote', position: newer } },
    'the same part': { event: { type: 'contact-wrote', position: same } },
    'an older part': { event: { type: 'contact-wrote', position: older } },
  },
  'teammate-replied': movedOn('teammate-replied'),
  'bot-replied': movedOn('bot-replied'),
  'conversation-closed': movedOn('conversation-closed'),
  'conversation-deleted': { 'at any time': { event: { type: 'conversation-deleted' } } },
  claimed: {
    'before it is due, or its lease is held': { event: claimed({ isAlone: true }), now: actsAt - 1 },
    'it is due, or its lease has ended': { event: claimed({ isAlone: false }) },
    'the same, a suspect beside others': { event: claimed({ isAlone: false }), faults: suspectFaults },
    'the same, a suspect alone': { event: claimed({ isAlone: true }), faults: suspectFaults },
    'the same, alone, one death left': { event: claimed({ isAlone: true }), faults: oneDeathLeft },
  },
  'conversation-read': {
    'by its owner': { event: { type: 'conversation-read', owner: 'owner-1', upTo: newer } },
    'by another': { event: { type: 'conversation-read', owner: 'owner-2', upTo: newer } },
  },
  'attempt-failed': {
    'by its owner: outage': attemptFailed('owner-1', 'outage'),
    'by its owner: outage, too long': { ...attemptFailed('owner-1', 'outage'), now: openedAt + retry.outageMaxMs },
    'by its owner: fault': attemptFailed('owner-1', 'fault'),
    'by its owner: fault, one left': { ...attemptFailed('owner-1', 'fault'), faults: oneFaultLeft },
    'by its owner: terminal': attemptFailed('owner-1', 'terminal'),
    'by another': attemptFailed('owner-2', 'fault'),
  },
  'handed-back': {
    'by its owner': { event: { type: 'handed-back', owner: 'owner-1' } },
    'by another': { event: { type: 'handed-back', owner: 'owner-2' } },
  },
  'attempt-ended': {
    'by its owner: delivered': attemptEnded('owner-1', { kind: 'delivered', partId: parsePartId('102') }),
    'by its owner: withheld': attemptEnded('owner-1', { kind: 'withheld', reason: 'a check said no' }),
    'by its owner: skipped': attemptEnded('owner-1', { kind: 'skipped', reason: 'the policy said no' }),
    'by its owner: superseded': attemptEnded('owner-1', { kind: 'superseded', reason: 'it moved on' }),
    'by another': attemptEnded('owner-2', { kind: 'delivered', partId: parsePartId('102') }),
  },
  revived: { 'by a person': { event: { type: 'revived' } } },
} as const satisfies Record<TurnEventName, Record<string, Variant>>;

/** `opens`: this turn stays as it is and a new one begins. A state: this turn is in it afterwards. */
type Effect = TurnState | 'nothing' | 'refused' | 'opens' | 'superseded, opens';
/** One effect for all variants of the event, or one for each. */
type Expected<Name extends TurnEventName> = Effect | Record<keyof (typeof variants)[Name], Effect>;
type Row = { readonly [Name in TurnEventName]: Expected<Name> };

const hasEnded: Row = {
  'contact-wrote': { 'a newer part': 'opens', 'the same part': 'nothing', 'an older part': 'nothing' },
  'teammate-replied': 'nothing',
  'bot-replied': 'nothing',
  'conversation-closed': 'nothing',
  'conversation-deleted': 'nothing',
  claimed: 'refused',
  'conversation-read': 'refused',
  'attempt-failed': 'refused',
  'handed-back': 'refused',
  'attempt-ended': 'refused',
  revived: 'refused',
};

/** Every state with every event. A new state or event does not compile until its cells are filled. */
const table: Record<TurnState | 'none', Row> = {
  none: {
    'contact-wrote': 'opens',
    'teammate-replied': 'nothing',
    'bot-replied': 'nothing',
    'conversation-closed': 'nothing',
    'conversation-deleted': 'nothing',
    claimed: 'nothing',
    'conversation-read': 'nothing',
    'attempt-failed': 'nothing',
    'handed-back': 'nothing',
    'attempt-ended': 'nothing',
    revived: 'nothing',
  },
  waiting: {
    'contact-wrote': { 'a newer part': 'waiting', 'the same part': 'nothing', 'an older part': 'nothing' },
    'teammate-replied': { 'after it': 'superseded', 'before it': 'nothing' },
    'bot-replied': { 'after it': 'superseded', 'before it': 'nothing' },
    'conversation-closed': { 'after it': 'superseded', 'before it': 'nothing' },
    'conversation-deleted': 'superseded',
    claimed: {
      'before it is due, or its lease is held': 'refused',
      'it is due, or its lease has ended': 'working',
      'the same, a suspect beside others': 'working',
      'the same, a suspect alone': 'working',
      'the same, alone, one death left': 'working',
    },
    'conversation-read': 'refused',
    'attempt-failed': 'refused',
    'handed-back': 'refused',
    'attempt-ended': 'refused',
    revived: 'refused',
  },
  working: {
    'contact-wrote': { 'a newer part': 'superseded, opens', 'the same part': 'nothing', 'an older part': 'nothing' },
    'teammate-replied': { 'after it': 'superseded', 'before it': 'nothing' },
    'bot-replied': { 'after it': 'superseded', 'before it': 'nothing' },
    'conversation-closed': { 'after it': 'superseded', 'before it': 'nothing' },
    'conversation-deleted': 'superseded',
    claimed: {
      'before it is due, or its lease is held': 'refused',
      'it is due, or its lease has ended': 'working',
      'the same, a suspect beside others': 'refused',
      'the same, a suspect alone': 'working',
      'the same, alone, one death left': 'dead',
    },
    'conversation-read': { 'by its owner': 'working', 'by another': 'refused' },
    'attempt-failed': {
      'by its owner: outage': 'waiting',
      'by its owner: outage, too long': 'dead',
      'by its owner: fault': 'waiting',
      'by its owner: fault, one left': 'dead',
      'by its owner: terminal': 'dead',
      'by another': 'refused',
    },
    'handed-back': { 'by its owner': 'waiting', 'by another': 'refused' },
    'attempt-ended': {
      'by its owner: delivered': 'delivered',
      'by its owner: withheld': 'withheld',
      'by its owner: skipped': 'skipped',
      'by its owner: superseded': 'superseded',
      'by another': 'refused',
    },
    revived: 'refused',
  },
  delivered: hasEnded,
  withheld: hasEnded,
  skipped: hasEnded,
  superseded: hasEnded,
  dead: { ...hasEnded, revived: 'waiting' },
};

const states = Object.keys(table) as (keyof typeof table)[];

type Cell = { readonly event: TurnEventName; readonly variant: string; readonly run: Variant };

/** The table's lines: each variant of each event. */
const lines: readonly Cell[] = Object.entries<Record<string, Variant>>(variants).flatMap(([event, ofEvent]) =>
  Object.entries(ofEvent).map(([variant, run]) => ({ event: event as TurnEventName, variant, run })),
);

function expectedIn(state: keyof typeof table, { event, variant }: Cell): Effect {
  const expected: Effect | Record<string, Effect> = table[state][event];
  const effect = typeof expected === 'string' ? expected : expected[variant];
  assert.ok(effect !== undefined, `The table has no cell for ${state}, ${event}, ${variant}.`);
  return effect;
}

function observe(state: keyof typeof table, { event, now = actsAt, faults = 0 }: Variant): Effect {
  const context = contextAt(now);
  if (state === 'none') return openingBy(event, context) === undefined ? 'nothing' : 'opens';
  const turn = turnIn(state, faults);
  const next = transition(turn, event, context);
  switch (next.kind) {
    case 'unchanged':
    case 'refused':
      assert.match(next.why, /\w/, 'it says why');
      return next.kind === 'refused' ? 'refused' : 'nothing';
    case 'replaced':
      assert.equal(next.ended.id, turn.id);
      assert.equal(next.ended.state, 'superseded');
      assert.deepEqual(next.opens, firstOpening(newer, context));
      return 'superseded, opens';
    case 'changed':
      assert.equal(next.turn.workspaceId, workspaceId);
      assert.equal(next.turn.conversationId, conversationId);
      return next.turn.id === turn.id ? next.turn.state : 'opens';
  }
}

describe('the table of states and events', () => {
  for (const state of states) {
    test(`${state}: every event has the effect that the table says`, () => {
      const seen = lines.map((line) => `${line.event}, ${line.variant}: ${observe(state, line.run)}`);
      const expected = lines.map((line) => `${line.event}, ${line.variant}: ${expectedIn(state, line)}`);
      assert.deepEqual(seen, expected);
    });
  }

  test('docs/turn-states.md shows this very table', () => {
    const header = ['event', 'when', ...states];
    const rows = lines.map((line) => [line.event, line.variant, ...states.map((state) => expectedIn(state, line))]);
    const markdown = [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
    assert.ok(
      readPage('docs/turn-states.md').includes(markdown),
      `Put this table into docs/turn-states.md:\n\n${markdown}\n`,
    );
  });
});

test('every test that docs/turn-states.md names stands in the file it names', () => {
  const named = testsNamedIn(readPage('docs/turn-states.md'));
  assert.ok(named.length >= 10, 'the page names the tests of each invariant');
  assert.deepEqual(missingAmong(named), []);
});
