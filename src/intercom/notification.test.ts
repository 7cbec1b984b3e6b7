import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { parseNotification, type ReceivedNotification } from './notification.ts';

const now = 1_800_000_000_999;
const contact = { type: 'user', id: 'c1', name: 'Ada', email: 'ada@mail.example' };
const teammate = { type: 'admin', id: '7100002', name: 'Maren', email: 'maren@lumen.example' };

/** An envelope with the platform's usual fields; see the platform's page on notifications. */
const envelope = (topic: string, item: unknown, changes: Readonly<Record<string, unknown>> = {}) => ({
  type: 'notification_event',
  id: 'notif_0f6a7c1e-1111-4222-8333-abcdefabcdef',
  topic,
  app_id: 'lumen123',
  created_at: 1_790_000_000,
  first_sent_at: 1_790_000_001,
  delivery_attempts: 1,
  delivery_status: 'pending',
  delivered_at: 0,
  self: null,
  links: {},
  data: { type: 'notification_event_data', item },
  ...changes,
});

const part = (changes: Readonly<Record<string, unknown>> = {}) => ({
  type: 'conversation_part',
  id: '45760000001',
  part_type: 'comment',
  body: '<p>My invoice is wrong</p>',
  created_at: 1_789_999_990,
  author: contact,
  ...changes,
});

const conversation = (parts: readonly unknown[] | undefined, changes: Readonly<Record<string, unknown>> = {}) => ({
  type: 'conversation',
  id: '215470000000001',
  created_at: 1_789_000_000,
  source: { type: 'conversation', id: '3001', body: 'The first message', author: contact },
  ...(parts === undefined ? {} : { conversation_parts: { conversation_parts: parts, total_count: parts.length } }),
  ...changes,
});

function received(payload: unknown): ReceivedNotification {
  const parsed = parseNotification(payload, now);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.reason.why);
  return parsed.value;
}

const eventOf = (payload: unknown) => received(payload).event;

/** `[kind, why]` of a notification that is not stored. */
function refused(payload: unknown): readonly [string, string] {
  const parsed = parseNotification(payload, now);
  assert.ok(!parsed.ok);
  return [parsed.reason.kind, parsed.reason.why];
}

describe('a notification of each topic that acts on a turn', () => {
  test('conversation.user.created: the contact wrote the source, whatever the parts hold', () => {
    const expected = {
      id: 'notif_0f6a7c1e-1111-4222-8333-abcdefabcdef',
      workspaceId: 'lumen123',
      conversationId: '215470000000001',
      topic: 'conversation.user.created',
      event: {
        type: 'contact-wrote',
        position: { partId: 'source:3001', at: 1_789_000_000 },
        authorId: undefined,
      },
    };
    assert.deepEqual(received(envelope('conversation.user.created', conversation([]))), expected);
    assert.deepEqual(received(envelope('conversation.user.created', conversation([part()]))), expected);
    assert.deepEqual(received(envelope('conversation.user.created', conversation(undefined))), expected);
  });

  test('conversation.user.replied: the contact wrote the part, not the source', () => {
    assert.deepEqual(eventOf(envelope('conversation.user.replied', conversation([part()]))), {
      type: 'contact-wrote',
      position: { partId: '45760000001', at: 1_789_999_990 },
      authorId: 'c1',
    });
  });

  test('conversation.user.replied to a closed conversation comes as an open part with a body', () => {
    const reopened = envelope('conversation.user.replied', conversation([part({ part_type: 'open' })]));
    assert.deepEqual(eventOf(reopened).position, { partId: '45760000001', at: 1_789_999_990 });
  });

  test('conversation.admin.replied by a teammate', () => {
    const reply = part({ author: teammate, part_type: 'assignment' });
    assert.deepEqual(eventOf(envelope('conversation.admin.replied', conversation([reply]))), {
      type: 'teammate-replied',
      position: { partId: '45760000001', at: 1_789_999_990 },
      authorId: '7100002',
    });
  });

  for (const [who, author] of [
    ['a bot', { type: 'bot', id: '7100000' }],
    ['Operator by its address', { ...teammate, email: 'operator+lumen123@intercom.io' }],
    ['the AI agent', { ...teammate, from_ai_agent: true }],
  ] as const) {
    test(`conversation.admin.replied by ${who} is a bot’s reply`, () => {
      assert.equal(
        eventOf(envelope('conversation.admin.replied', conversation([part({ author })]))).type,
        'bot-replied',
      );
    });
  }

  test('conversation.admin.replied without an author or without a part is taken for a teammate’s', () => {
    const anonymous = envelope('conversation.admin.replied', conversation([part({ author: null })]));
    assert.deepEqual(eventOf(anonymous).type, 'teammate-replied');
    assert.deepEqual(eventOf(envelope('conversation.admin.replied', conversation([]))), {
      type: 'teammate-replied',
      position: { partId: undefined, at: 1_790_000_000 },
      authorId: undefined,
    });
  });

  for (const type of ['note', 'note_and_reopen']) {
    test(`a part of type ${type} is no reply, whatever the topic says`, () => {
      const note = part({ id: '2', part_type: type, author: teammate, created_at: 1_789_999_999 });
      for (const topic of ['conversation.admin.replied', 'conversation.operator.replied']) {
        assert.deepEqual(refused(envelope(topic, conversation([note]))), [
          'ignored',
          `the part under ${topic} is a note, which the contact never sees`,
        ]);
        assert.partialDeepStrictEqual(eventOf(envelope(topic, conversation([part({ author: teammate }), note]))), {
          position: { partId: '45760000001', at: 1_789_999_990 },
        });
      }
    });
  }

  test('conversation.operator.replied and conversation.admin.closed', () => {
    const bot = { type: 'bot', id: '7100000' };
    assert.equal(
      eventOf(envelope('conversation.operator.replied', conversation([part({ author: bot })]))).type,
      'bot-replied',
    );
    const close = part({ part_type: 'close', body: null, author: teammate });
    assert.deepEqual(eventOf(envelope('conversation.admin.closed', conversation([close]))), {
      type: 'conversation-closed',
      position: { partId: '45760000001', at: 1_789_999_990 },
      authorId: '7100002',
    });
  });

  test('conversation.deleted: the item is minimal', () => {
    const deleted = envelope('conversation.deleted', { type: 'conversation', id: '215470000000001', deleted: true });
    assert.partialDeepStrictEqual(received(deleted), {
      conversationId: '215470000000001',
      event: { type: 'conversation-deleted', position: { partId: undefined, at: 1_790_000_000 } },
    });
  });

  test('conversation_part.redacted: the item is a conversation with the part, or the part with its conversation', () => {
    const redacted = part({ redacted: true, body: '<p>This message was deleted</p>' });
    const inConversation = envelope('conversation_part.redacted', conversation([redacted]));
    assert.partialDeepStrictEqual(received(inConversation), {
      conversationId: '215470000000001',
      event: { type: 'part-redacted', position: { partId: '45760000001', at: 1_789_999_990 } },
    });
    const bare = envelope('conversation_part.redacted', { ...redacted, conversation_id: '4711' });
    assert.partialDeepStrictEqual(received(bare), { conversationId: '4711', event: { type: 'part-redacted' } });
    assert.deepEqual(refused(envelope('conversation_part.redacted', redacted)), [
      'invalid',
      'The notification conversation_part.redacted names no conversation in data.item.',
    ]);
  });
});

describe('a notification is a wake-up call, so', () => {
  test('the newest of several parts counts', () => {
    const parts = [
      part({ id: '3', created_at: 30 }),
      part({ id: '2', created_at: 20 }),
      part({ id: '1', created_at: null }),
    ];
    assert.deepEqual(eventOf(envelope('conversation.user.replied', conversation(parts))).position, {
      partId: '3',
      at: 30,
    });
  });

  test('ids may be numbers', () => {
    const item = conversation([part({ id: 45_760_000_001, author: { ...contact, id: 17 } })], { id: 4711 });
    assert.partialDeepStrictEqual(received(envelope('conversation.user.replied', item)), {
      conversationId: '4711',
      event: { position: { partId: '45760000001' }, authorId: '17' },
    });
  });

  const lost = { partId: undefined, at: 1_790_000_000 };
  for (const [title, item] of [
    ['no parts', conversation([])],
    ['no list of parts', conversation(undefined)],
    ['a list of another kind', conversation(undefined, { conversation_parts: 'none' })],
    ['a part that is null', conversation([null])],
    ['a part without an id', conversation([part({ id: null })])],
    ['a part with an id that can’t be one', conversation([part({ id: 'a b' })])],
  ] as const) {
    test(`${title}: the contact wrote, at the time of the notification`, () => {
      assert.deepEqual(eventOf(envelope('conversation.user.replied', item)).position, lost);
    });
  }

  test('fields of another kind are as if they were missing', () => {
    const item = conversation([part({ author: { type: 7, id: {}, name: [] }, created_at: 'noon' })], {
      type: 1,
      created_at: '2026-09-01',
      source: 'web',
    });
    const payload = envelope('conversation.user.replied', item, { created_at: '2026-09-01T00:00:00Z' });
    assert.deepEqual(eventOf(payload), {
      type: 'contact-wrote',
      position: { partId: '45760000001', at: 1_800_000_000 },
      authorId: undefined,
    });
  });

  test('where no time is given, ours stands in, in whole seconds', () => {
    const item = { type: 'conversation', id: '4711', deleted: true };
    const payload = envelope('conversation.deleted', item, { created_at: null });
    assert.equal(eventOf(payload).position.at, 1_800_000_000);
    const created = envelope('conversation.user.created', { id: '4711', source: {} }, { created_at: 1.5 });
    assert.deepEqual(eventOf(created).position, { partId: undefined, at: 1_800_000_000 });
  });
});

describe('what is not stored', () => {
  for (const topic of [
    'conversation.admin.noted',
    'conversation.admin.assigned',
    'conversation.read',
    'contact.user.created',
    'a.topic.of.tomorrow',
  ]) {
    test(`${topic} is ignored`, () => {
      assert.deepEqual(refused(envelope(topic, conversation([part()]))), [
        'ignored',
        `the topic ${topic} has no effect here`,
      ]);
    });
  }

  test('a ping, which has no id, is ignored', () => {
    const ping = envelope('ping', { type: 'ping', message: 'hello' }, { id: null });
    assert.deepEqual(refused(ping), ['ignored', 'the topic ping has no effect here']);
  });

  const notIntercoms = 'The body is not an Intercom notification (type "notification_event").';
  const noItem = 'The notification conversation.user.replied names no conversation in data.item.';
  const noId = 'The notification lacks its id or its app_id.';
  const good = conversation([part()]);
  const invalid: readonly (readonly [title: string, payload: unknown, why: string])[] = [
    ['nothing', undefined, notIntercoms],
    ['null', null, notIntercoms],
    ['a list', [], notIntercoms],
    ['text', 'notification_event', notIntercoms],
    ['another type', envelope('ping', {}, { type: 'event' }), notIntercoms],
    ['no topic', envelope('ping', {}, { topic: undefined }), notIntercoms],
    ['no data', envelope('conversation.user.replied', good, { data: null }), noItem],
    ['data of another kind', envelope('conversation.user.replied', good, { data: 'none' }), noItem],
    ['an item that is text', envelope('conversation.user.replied', 'conversation'), noItem],
    ['an item without an id', envelope('conversation.user.replied', { ...good, id: null }), noItem],
    ['an item with an empty id', envelope('conversation.user.replied', { ...good, id: '' }), noItem],
    ['no id', envelope('conversation.user.replied', good, { id: null }), noId],
    ['no workspace', envelope('conversation.user.replied', good, { app_id: null }), noId],
    ['a workspace with white space', envelope('conversation.user.replied', good, { app_id: 'a b' }), noId],
  ];
  for (const [title, payload, why] of invalid) {
    test(`${title} is invalid`, () => {
      assert.deepEqual(refused(payload), ['invalid', why]);
    });
  }
});

describe('whatever is posted,', () => {
  test('any JSON at all is parsed or refused with a sentence, never thrown over', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        const parsed = parseNotification(payload, now);
        assert.ok(!parsed.ok);
        assert.match(parsed.reason.why, /\w/);
      }),
    );
  });

  test('and so is a good notification in which anything stands in the place of anything', () => {
    const topic = fc.constantFrom(
      'conversation.user.created',
      'conversation.user.replied',
      'conversation_part.redacted',
    );
    const path = fc.constantFrom(
      ...(['id', 'app_id', 'created_at', 'data', 'data.item', 'data.item.id', 'data.item.source'] as const),
      ...(['data.item.source.id', 'data.item.conversation_parts', 'data.item.created_at', 'data.item.type'] as const),
      ...(['data.item.conversation_parts.conversation_parts.0', 'data.item.conversation_id'] as const),
      ...(['data.item.conversation_parts.conversation_parts.0.id'] as const),
      ...(['data.item.conversation_parts.conversation_parts.0.author'] as const),
      ...(['data.item.conversation_parts.conversation_parts.0.created_at'] as const),
    );
    fc.assert(
      fc.property(topic, path, fc.jsonValue(), (name, at, value) => {
        const payload = structuredClone(envelope(name, conversation([part()])));
        const keys = at.split('.');
        const last = keys.pop() ?? '';
        const holder = keys.reduce<object>((inner, key) => Reflect.get(inner, key) as object, payload);
        Reflect.set(holder, last, value);
        const parsed = parseNotification(payload, now);
        if (!parsed.ok) return assert.match(parsed.reason.why, /\w/);
        assert.match(parsed.value.conversationId, /^\S+$/);
        assert.ok(Number.isSafeInteger(parsed.value.event.position.at));
      }),
      { numRuns: 1000 },
    );
  });
});
