import { fc } from '../../support/fast-check.ts';
import {
  parseConversationId,
  parseNotificationId,
  parsePartId,
  parseTurnId,
  parseWorkspaceId,
} from '../../../src/domain/ids.ts';
import type { DeliveredTurn, Turn, UnpostedTurn, WaitingTurn, WorkingTurn } from '../../../src/domain/turn.ts';
import type { Notification } from '../../../src/store/notifications.ts';
import { conversationId, positionAt, workspaceId } from '../../support/turns.ts';
import { startsAt } from './place.ts';

const base = {
  id: parseTurnId('turn-1'),
  workspaceId,
  conversationId,
  openedAt: startsAt,
  upTo: positionAt(100),
  attempt: 0,
  faults: 0,
};

export const waitingTurn = (changes: Partial<WaitingTurn> = {}): WaitingTurn => ({
  ...base,
  state: 'waiting',
  dueAt: startsAt,
  lastError: undefined,
  ...changes,
});

/** Held by `owner-1` for 15 seconds, at its first attempt. */
export const workingTurn = (changes: Partial<WorkingTurn> = {}): WorkingTurn => ({
  ...base,
  state: 'working',
  attempt: 1,
  lease: { owner: 'owner-1', endsAt: startsAt + 15_000 },
  ...changes,
});

export const deliveredTurn = (changes: Partial<DeliveredTurn> = {}): DeliveredTurn => ({
  ...base,
  state: 'delivered',
  attempt: 1,
  endedAt: startsAt,
  partId: parsePartId('101'),
  ...changes,
});

export const unpostedTurn = (state: UnpostedTurn['state'], changes: Partial<UnpostedTurn> = {}): UnpostedTurn => ({
  ...base,
  state,
  attempt: 1,
  endedAt: startsAt,
  reason: 'because',
  ...changes,
});

/** The same turn in a conversation of its own, so that several can be live. */
export const apart = (number: number): { id: Turn['id']; conversationId: Turn['conversationId'] } => ({
  id: parseTurnId(`turn-${number}`),
  conversationId: parseConversationId(`conversation-${number}`),
});

/** What a contact wrote at second 100, unless told. */
export function notification(id: string, changes: Partial<Notification> = {}): Notification {
  return {
    id: parseNotificationId(id),
    workspaceId,
    conversationId,
    topic: 'conversation.user.replied',
    event: { type: 'contact-wrote', position: positionAt(100), authorId: 'contact-1' },
    ...changes,
  };
}

const word = fc.stringMatching(/^[\w:.-]{1,200}$/);
/** Anything a person or a server may have written; NUL has a test of its own. */
const words = fc.string({ unit: 'grapheme', maxLength: 300 }).map((text) => text.replaceAll('\0', ''));
const time = fc.integer({ min: 0, max: 2 ** 50 });
const count = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** Rows are read as plain objects. */
const record = <Shape>(shape: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> }): fc.Arbitrary<Shape> =>
  fc.record(shape, { noNullPrototype: true });

const anyBase = record({
  id: word.map(parseTurnId),
  workspaceId: word.map(parseWorkspaceId),
  conversationId: word.map(parseConversationId),
  openedAt: time,
  upTo: record({ partId: fc.option(word.map(parsePartId), { nil: undefined }), at: time }),
  attempt: count,
  faults: count,
});

/** A turn in any state, with whatever its state can hold. */
export const anyTurn: fc.Arbitrary<Turn> = anyBase.chain((turn) =>
  fc.oneof(
    record({ dueAt: time, lastError: fc.option(words, { nil: undefined }) }).map((life): Turn => ({
      ...turn,
      state: 'waiting',
      ...life,
    })),
    record({ owner: words, endsAt: time }).map((lease): Turn => ({ ...turn, state: 'working', lease })),
    record({ endedAt: time, partId: word.map(parsePartId) }).map((life): Turn => ({
      ...turn,
      state: 'delivered',
      ...life,
    })),
    record({
      state: fc.constantFrom('withheld' as const, 'skipped' as const, 'superseded' as const, 'dead' as const),
      endedAt: time,
      reason: words,
    }).map((life): Turn => ({ ...turn, ...life })),
  ),
);

/** A notification of any kind. */
export const anyNotification: fc.Arbitrary<Notification> = record({
  id: word.map(parseNotificationId),
  workspaceId: word.map(parseWorkspaceId),
  conversationId: word.map(parseConversationId),
  topic: words,
  event: record({
    type: fc.constantFrom(
      ...(['contact-wrote', 'teammate-replied', 'bot-replied', 'conversation-closed'] as const),
      ...(['conversation-deleted', 'part-redacted'] as const),
    ),
    position: record({ partId: fc.option(word.map(parsePartId), { nil: undefined }), at: time }),
    authorId: fc.option(words, { nil: undefined }),
  }),
});
