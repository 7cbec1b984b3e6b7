import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { z } from 'zod';
import { noCircumstances } from '../domain/conversation.ts';
import { parseConversation, parseErrorCode, parseMe, parseTeammateName } from './schema.ts';

const contact = { type: 'user', id: 'c1', name: 'Ada', email: 'ada@mail.example' };
const teammate = { type: 'admin', id: '7100002', name: 'Maren', email: 'maren@lumen.example' };

const wirePart = (id: number, changes: Readonly<Record<string, unknown>> = {}) => ({
  type: 'conversation_part',
  id: String(id),
  part_type: 'comment',
  body: `<p>Part ${id}</p>`,
  created_at: 1_790_000_000 + id,
  author: contact,
  attachments: [],
  redacted: false,
  ...changes,
});

/** A conversation in the API's shape. */
const wire = (parts: readonly unknown[], changes: Readonly<Record<string, unknown>> = {}) => ({
  type: 'conversation',
  id: '4711',
  created_at: 1_790_000_000,
  state: 'open',
  title: null,
  source: {
    type: 'conversation',
    id: '3001',
    subject: '',
    body: '<p>The first message</p>',
    author: contact,
    attachments: [],
    redacted: false,
  },
  tags: { type: 'tag.list', tags: [] },
  conversation_parts: { type: 'conversation_part.list', conversation_parts: parts, total_count: parts.length },
  ...changes,
});

const partsOf = (json: unknown) => parseConversation(json).parts;
const textsOf = (json: unknown): readonly string[] => partsOf(json).map(({ text }) => text);
const withSource = (changes: Readonly<Record<string, unknown>>, parts: readonly unknown[] = []) => {
  const { source } = wire([]);
  return wire(parts, { source: { ...source, ...changes } });
};

describe('parseConversation', () => {
  test('gives the first message, then the parts, with their authors', () => {
    const json = wire([wirePart(1), wirePart(2, { part_type: 'note', author: teammate })], {
      tags: { tags: [{ name: 'vip' }, { name: 'Spam' }] },
    });
    const ada = { kind: 'contact', id: 'c1', name: 'Ada' };
    const at = 1_790_000_000;
    assert.deepEqual(parseConversation(json), {
      id: '4711',
      state: 'open',
      subject: undefined,
      channel: 'conversation',
      contactName: 'Ada',
      tags: ['vip', 'Spam'],
      circumstances: { ...noCircumstances, contactId: 'c1', contactRole: 'user', contactAddress: 'ada@mail.example' },
      parts: [
        { id: 'source:3001', kind: 'comment', author: ada, text: 'The first message', createdAt: at, attachments: [] },
        { id: '1', kind: 'comment', author: ada, text: 'Part 1', createdAt: at + 1, attachments: [] },
        {
          id: '2',
          kind: 'note',
          author: { kind: 'teammate', id: '7100002', name: 'Maren' },
          text: 'Part 2',
          createdAt: at + 2,
          attachments: [],
        },
      ],
      isTruncated: false,
    });
  });

  test('a reply that opens, closes or assigns is a part of that type with a body, and a comment', () => {
    for (const type of ['open', 'close', 'assignment', 'assign_and_reopen', 'quick_reply', 'a_type_of_tomorrow']) {
      assert.partialDeepStrictEqual(partsOf(wire([wirePart(1, { part_type: type })])).at(-1), {
        id: '1',
        kind: 'comment',
      });
    }
  });

  test('a note is one whether it reopens or not', () => {
    for (const type of ['note', 'note_and_reopen']) {
      assert.equal(partsOf(wire([wirePart(1, { part_type: type })])).at(-1)?.kind, 'note');
    }
  });

  test('events, empty and redacted parts are left out', () => {
    const parts = [
      wirePart(1, { part_type: 'close', body: null }),
      wirePart(2, { body: '' }),
      wirePart(3, { body: '<p> </p>' }),
      wirePart(4, { redacted: true }),
      wirePart(5),
    ];
    assert.deepEqual(textsOf(wire(parts)), ['The first message', 'Part 5']);
    assert.deepEqual(textsOf(withSource({ redacted: true }, [wirePart(1)])), ['Part 1']);
  });

  test('a message may be nothing but attachments', () => {
    const attachments = [{ type: 'upload', name: 'leak.jpg', url: 'https://files.example/1' }, { type: 'upload' }];
    assert.partialDeepStrictEqual(partsOf(wire([wirePart(1, { body: null, attachments })])).at(-1), {
      text: '',
      attachments: ['leak.jpg', 'unnamed file'],
    });
  });

  test('the parts are in the order of their time, the first message first whatever its date', () => {
    const json = wire([wirePart(3), wirePart(1), wirePart(2)], { created_at: 1_790_000_002 });
    assert.deepEqual(textsOf(json), ['The first message', 'Part 1', 'Part 2', 'Part 3']);
  });

  test('parts of one second keep Intercom’s order', () => {
    const same = { created_at: 1_790_000_001 };
    assert.deepEqual(textsOf(wire([wirePart(9, same), wirePart(8, same)])).slice(1), ['Part 9', 'Part 8']);
  });

  test('an e-mail of the contact loses its quoted history, a teammate’s keeps it', () => {
    const mail = '<div>Thanks!</div><div class="gmail_quote">On 1 May Maren wrote:<blockquote>Old</blockquote></div>';
    const json = withSource({ type: 'email', subject: 'Re: <b>Order</b> &amp; bill' }, [
      wirePart(1, { body: mail }),
      wirePart(2, { body: mail, author: teammate }),
    ]);
    const { channel, subject } = parseConversation(json);
    assert.deepEqual({ channel, subject }, { channel: 'email', subject: 'Re: Order & bill' });
    assert.equal(textsOf(json)[1], 'Thanks!');
    assert.match(textsOf(json)[2] ?? '', /Old/);
  });

  test('in the Messenger, nothing counts as quoted history', () => {
    const body = '<p>You said:</p><blockquote>Old</blockquote><p>Is that so?</p>';
    assert.match(textsOf(wire([wirePart(1, { body })]))[1] ?? '', /Old/);
  });

  test('says that older parts are missing when Intercom counts more than it gives', () => {
    const counting = (total: unknown) =>
      wire([], { conversation_parts: { conversation_parts: [wirePart(1)], total_count: total } });
    assert.equal(parseConversation(counting(501)).isTruncated, true);
    assert.equal(parseConversation(counting(1)).isTruncated, false);
    assert.equal(parseConversation(counting(null)).isTruncated, false);
  });

  test('a conversation that a teammate began has the contact’s name from the contact’s first part', () => {
    const json = withSource({ author: teammate }, [wirePart(1, { author: teammate }), wirePart(2)]);
    assert.equal(parseConversation(json).contactName, 'Ada');
    assert.equal(parseConversation(withSource({ author: teammate })).contactName, undefined);
  });
});

describe('parseConversation is lenient:', () => {
  test('an id alone is a conversation', () => {
    assert.deepEqual(parseConversation({ id: 4711 }), {
      id: '4711',
      state: 'open',
      subject: undefined,
      channel: 'conversation',
      contactName: undefined,
      tags: [],
      circumstances: noCircumstances,
      parts: [],
      isTruncated: false,
    });
  });

  test('fields that are null or of another kind are left out', () => {
    const odd = { state: 'sleeping', source: 7, tags: 'vip', conversation_parts: [], created_at: 'now', title: {} };
    assert.deepEqual(parseConversation({ ...wire([]), ...odd }), parseConversation({ id: '4711' }));
    assert.deepEqual(parseConversation(wire([], { tags: { tags: [null, { name: 'vip' }, { name: 3 }] } })).tags, [
      'vip',
    ]);
    const source = { id: 3001, type: null, subject: null, body: '<p>Hi</p>', author: null, attachments: null };
    assert.deepEqual(textsOf(wire([], { source })), ['Hi']);
  });

  test('a part that can’t be read is dropped, and the others stay', () => {
    const unreadable = [
      null,
      'part',
      {},
      wirePart(1, { id: null }),
      wirePart(1, { id: 'a b' }),
      wirePart(1, { id: '' }),
    ];
    const undated = [wirePart(2, { created_at: null }), wirePart(2, { created_at: 1.5 })];
    assert.deepEqual(textsOf(wire([...unreadable, ...undated, wirePart(3, { author: 'Ada' })])), [
      'The first message',
      'Part 3',
    ]);
    assert.deepEqual(textsOf(withSource({ id: 'x'.repeat(200) }, [wirePart(3)])), ['Part 3']);
  });

  test('what has no id is no conversation', () => {
    for (const json of [null, 'text', [], {}, { id: null }, { id: '' }, { id: 'a b' }, { id: {} }]) {
      assert.throws(() => parseConversation(json), z.ZodError);
    }
  });

  test('whatever stands in the place of any part of a real conversation, it is read or refused as a whole', () => {
    const real = wire([wirePart(1), wirePart(2, { author: teammate, attachments: [{ name: 'a' }] })], {
      tags: { tags: [{ name: 'vip' }] },
    });
    const paths = pathsIn(real);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        try {
          const { parts } = parseConversation(replaced(real, path, value));
          assert.ok(parts.every(({ createdAt }) => Number.isSafeInteger(createdAt)));
        } catch (error) {
          assert.ok(error instanceof z.ZodError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

type Path = readonly string[];

/** The path of every value inside `json`, its own among them. */
function pathsIn(json: unknown, path: Path = []): readonly Path[] {
  if (typeof json !== 'object' || json === null) return [path];
  return [path, ...Object.entries(json).flatMap(([key, value]) => pathsIn(value, [...path, key]))];
}

/** A copy of `json` with `value` at `path`. */
function replaced(json: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(json)) return json.with(Number(key), replaced(json[Number(key)], rest, value));
  return { ...(json as object), [key]: replaced(Reflect.get(json as object, key), rest, value) };
}

describe('parseMe and parseTeammateName', () => {
  const me = {
    type: 'admin',
    id: '7100001',
    name: 'AI draft',
    email: 'ai@lumen.example',
    app: { id_code: 'lumen123' },
  };

  test('say whose token it is and which workspace it opens', () => {
    assert.deepEqual(parseMe({ ...me, app: { id_code: 'lumen123', name: 'Lumen', region: 'EU' } }), {
      teammateId: '7100001',
      teammateName: 'AI draft',
      workspaceId: 'lumen123',
      workspaceName: 'Lumen',
      region: 'EU',
    });
  });

  test('fall back to what there is', () => {
    assert.partialDeepStrictEqual(parseMe({ ...me, name: null }), {
      teammateName: 'ai@lumen.example',
      workspaceName: 'lumen123',
      region: undefined,
    });
    assert.equal(parseTeammateName({ id: 7, name: 'Maren', email: 'maren@lumen.example' }), 'Maren');
    assert.equal(parseTeammateName({ id: 7, name: null, email: 'maren@lumen.example' }), 'maren@lumen.example');
    assert.equal(parseTeammateName({ id: 7 }), '7');
  });

  test('refuse what is no teammate', () => {
    for (const json of [null, {}, { id: null }, { ...me, id: 'a b' }]) {
      assert.throws(() => parseMe(json), z.ZodError);
      assert.throws(() => parseTeammateName(json), z.ZodError);
    }
    assert.throws(() => parseMe({ ...me, app: null }), z.ZodError);
  });
});

test('parseErrorCode reads the first error, and nothing that is not Intercom’s', () => {
  const body = { type: 'error.list', request_id: null, errors: [{ code: 'not_found', message: 'Gone', field: null }] };
  assert.equal(parseErrorCode(body), 'not_found');
  for (const other of [{ errors: [{}] }, null, 'text', {}, { errors: [] }, { errors: 'many' }, { error: 'x' }]) {
    assert.equal(parseErrorCode(other), undefined);
  }
});
