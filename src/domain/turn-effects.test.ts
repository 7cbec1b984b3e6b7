import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  actsAt,
  attemptEnded,
  attemptFailed,
  contextAt,
  conversationId,
  oneDeathLeft,
  openedAt,
  positionAt,
  retry,
  timing,
  turnIn,
  workspaceId,
} from '../../test/support/turns.ts';
import { parsePartId } from './ids.ts';
import { firstOpening, openTurn, transition, type Turn, type TurnEvent } from './turn.ts';

const newer = positionAt(101);
const same = positionAt(100);

/** The turn after an event that must change it. */
function changed(turn: Turn, event: TurnEvent, now = actsAt, random = 0): Turn {
  const next = transition(turn, event, { ...contextAt(now), random });
  assert.equal(next.kind, 'changed');
  return next.turn;
}
const claim: TurnEvent = { type: 'claimed', owner: 'owner-2', isAlone: true };
const wrote: TurnEvent = { type: 'contact-wrote', position: newer };

describe('a waiting turn', () => {
  test('opens with the contact’s part and falls due after the quiet period', () => {
    const opened = openTurn(workspaceId, conversationId, firstOpening(same, contextAt(5000, 'turn-9')));
    assert.deepEqual(opened, {
      id: 'turn-9',
      workspaceId,
      conversationId,
      state: 'waiting',
      openedAt: 5000,
      dueAt: 6500,
      upTo: same,
      attempt: 0,
      faults: 0,
      lastError: undefined,
    });
  });

  test('answers the newer part too, a quiet period from now', () => {
    const now = openedAt + 1000;
    assert.deepEqual(changed(turnIn('waiting'), wrote, now), {
      ...turnIn('waiting'),
      upTo: newer,
      dueAt: now + timing.quietPeriodMs,
    });
  });

  test('falls due at the latest waitMax after it opened, however the contact writes on', () => {
    const turn = changed(turnIn('waiting'), wrote, openedAt + timing.waitMaxMs - 1);
    assert.partialDeepStrictEqual(turn, { dueAt: openedAt + timing.waitMaxMs });
  });

  test('keeps the backoff of its last failure when the contact writes on', () => {
    const backedOff: Turn = { ...turnIn('waiting'), state: 'waiting', dueAt: actsAt + 60_000, lastError: 'it failed' };
    assert.deepEqual(changed(backedOff, wrote), { ...backedOff, upTo: newer });
  });
});

describe('a working turn', () => {
  test('begins with a lease of its owner and counts the attempt', () => {
    const { openedAt: at, id, upTo, faults } = turnIn('waiting');
    assert.deepEqual(changed(turnIn('waiting'), claim), {
      id,
      workspaceId,
      conversationId,
      openedAt: at,
      upTo,
      faults,
      attempt: 1,
      state: 'working',
      lease: { owner: 'owner-2', endsAt: actsAt + timing.leaseDurationMs },
    });
  });

  test('goes to the next worker when its lease ends, and the lost worker counts as a fault', () => {
    assert.deepEqual(changed(turnIn('working', 2), claim), {
      ...turnIn('working', 3),
      attempt: 2,
      lease: { owner: 'owner-2', endsAt: actsAt + timing.leaseDurationMs },
    });
  });

  test('is dead when it has killed as many workers as faults are allowed', () => {
    assert.partialDeepStrictEqual(changed(turnIn('working', oneDeathLeft), claim), {
      state: 'dead',
      faults: retry.faultsMaxByDeath,
      attempt: 1,
      endedAt: actsAt,
      reason: 'the worker died 8 times while it worked on this turn',
    });
  });

  test('is superseded by the contact’s next part, which the new turn answers', () => {
    const next = transition(turnIn('working'), wrote, contextAt(actsAt, 'turn-2'));
    assert.equal(next.kind, 'replaced');
    assert.deepEqual(next.opens, {
      id: 'turn-2',
      upTo: newer,
      openedAt: actsAt,
      dueAt: actsAt + timing.quietPeriodMs,
    });
    assert.partialDeepStrictEqual(next.ended, { reason: 'the contact wrote again', endedAt: actsAt, upTo: same });
  });

  test('says in words what superseded it', () => {
    const reasonOf = (event: TurnEvent): unknown => Reflect.get(changed(turnIn('working'), event), 'reason');
    assert.equal(reasonOf({ type: 'teammate-replied', position: newer }), 'a teammate replied');
    assert.equal(reasonOf({ type: 'bot-replied', position: newer }), 'a bot replied');
    assert.equal(reasonOf({ type: 'conversation-closed', position: newer }), 'the conversation was closed');
    assert.equal(reasonOf({ type: 'conversation-deleted' }), 'the conversation was deleted');
  });

  test('reaches as far as its worker has read', () => {
    const read: TurnEvent = { type: 'conversation-read', owner: 'owner-1', upTo: newer };
    assert.deepEqual(changed(turnIn('working'), read), { ...turnIn('working'), upTo: newer });
  });

  test('waits after an outage for the backoff, and an outage is no fault', () => {
    assert.partialDeepStrictEqual(changed(turnIn('working'), attemptFailed('owner-1', 'outage').event), {
      state: 'waiting',
      attempt: 1,
      faults: 0,
      lastError: 'it failed',
      dueAt: actsAt + retry.backoffFirstMs,
    });
  });

  test('counts a fault', () => {
    assert.partialDeepStrictEqual(changed(turnIn('working', 1), attemptFailed('owner-1', 'fault').event), {
      faults: 2,
    });
  });

  test('handed back is due at once, and the attempt has not been', () => {
    assert.partialDeepStrictEqual(
      changed(turnIn('working', 1), { type: 'handed-back', owner: 'owner-1' }, actsAt + 5),
      {
        state: 'waiting',
        attempt: 0,
        faults: 1,
        dueAt: actsAt + 5,
        lastError: undefined,
      },
    );
  });
});

describe('an ended turn', () => {
  test('names the part it posted, or the reason why it posted none', () => {
    const delivered = attemptEnded('owner-1', { kind: 'delivered', partId: parsePartId('102') }).event;
    const withheld = attemptEnded('owner-1', { kind: 'withheld', reason: 'a check said no' }).event;
    const { id, upTo, attempt, faults } = turnIn('working');
    const common = { id, workspaceId, conversationId, openedAt, upTo, attempt, faults, endedAt: actsAt };
    assert.deepEqual(changed(turnIn('working'), delivered), { ...common, state: 'delivered', partId: '102' });
    assert.deepEqual(changed(turnIn('working'), withheld), { ...common, state: 'withheld', reason: 'a check said no' });
  });

  test('makes room for a turn of its own when the contact writes again', () => {
    assert.deepEqual(
      changed(turnIn('superseded'), wrote),
      openTurn(workspaceId, conversationId, firstOpening(newer, contextAt(actsAt))),
    );
  });

  test('that is dead is due at once when a person revives it, with all its attempts before it', () => {
    const dead: Turn = { ...turnIn('dead', 5), attempt: 7 };
    assert.partialDeepStrictEqual(changed(dead, { type: 'revived' }, 9_000_000), {
      id: 'turn-1',
      state: 'waiting',
      openedAt: 9_000_000,
      dueAt: 9_000_000,
      attempt: 0,
      faults: 0,
      lastError: 'because',
    });
  });
});
