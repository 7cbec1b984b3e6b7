import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { answer, type Reply } from '../support/model-dialects.ts';
import { conversationsAsked } from '../support/prompt.ts';

/** An answer that stops in the middle until the test releases it. */
function heldAnswer(): Reply {
  const [first, second, ...rest] = answer('It comes tomorrow.').steps;
  assert.ok(first !== undefined && second !== undefined);
  return { steps: [first, second, 'wait', ...rest] };
}

/** A conversation whose first draft is being written, and its call at the model server. */
async function whileDrafting(t: TestApp) {
  t.modelServer.enqueue(heldAnswer());
  const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
  await t.begin();
  const call = await t.modelServer.chat(1);
  await call.held;
  t.advance(2000);
  return { conversationId, call };
}

const states = async (t: TestApp, conversationId: string): Promise<readonly string[]> =>
  (await t.turns(conversationId)).map((turn) => ('reason' in turn ? `${turn.state}: ${turn.reason}` : turn.state));

describe('while the model is writing', () => {
  test('a newer message cuts its call off, and only the newer message gets a note', async () => {
    await using t = await startTestApp();
    const { conversationId, call } = await whileDrafting(t);

    t.simulator.contactWrites({ conversationId, html: '<p>Sorry, I meant order 23107.</p>' });
    await t.hear();
    await call.closed;
    await t.finish();

    assert.equal(call.isAborted, true);
    assert.deepEqual(await states(t, conversationId), ['superseded: the contact wrote again', 'delivered']);
    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.deepEqual(conversationsAsked(t.modelServer).at(-1), [
      'asked: Where is my parcel?\n\nSorry, I meant order 23107.',
    ]);
  });

  const movesOn: readonly (readonly [string, string, (t: TestApp, conversationId: string) => unknown])[] = [
    [
      'a teammate’s reply',
      'a teammate replied',
      (t, conversationId) => t.simulator.teammateWrites({ conversationId, html: '<p>It comes today.</p>' }),
    ],
    [
      'a teammate’s reply that closes',
      'a teammate replied',
      (t, conversationId) =>
        t.simulator.teammateWrites({ conversationId, html: '<p>It comes today.</p>', on: 'close' }),
    ],
    [
      'a teammate’s reply that assigns',
      'a teammate replied',
      (t, conversationId) =>
        t.simulator.teammateWrites({ conversationId, html: '<p>It comes today.</p>', on: 'assignment' }),
    ],
    [
      'a bot’s reply',
      'a bot replied',
      (t, conversationId) => t.simulator.botWrites({ conversationId, html: '<p>It comes today.</p>' }),
    ],
    ['a close', 'the conversation was closed', (t, conversationId) => t.simulator.close(conversationId)],
    ['a deletion', 'the conversation was deleted', (t, conversationId) => t.simulator.remove(conversationId)],
  ];
  for (const [what, reason, act] of movesOn) {
    test(`${what} cuts its call off, and there is no note`, async () => {
      await using t = await startTestApp();
      const { conversationId, call } = await whileDrafting(t);

      act(t, conversationId);
      await t.hear();
      await call.closed;
      await t.finish();

      assert.equal(call.isAborted, true);
      const ended = await states(t, conversationId);
      assert.equal(ended.length, 1);
      assert.match(ended[0] ?? '', new RegExp(`^superseded: (?:${reason}|the conversation was closed)$`));
      assert.equal(t.modelServer.chats.length, 1);
      assert.deepEqual(
        t.simulator.conversation(conversationId)?.parts.filter((part) => part.partType === 'note') ?? [],
        [],
      );
    });
  }

  const changesNothing: readonly (readonly [string, (t: TestApp, conversationId: string) => unknown])[] = [
    [
      'a teammate’s note',
      (t, conversationId) => t.simulator.teammateWrites({ conversationId, html: '<p>Mine.</p>', kind: 'note' }),
    ],
    ['an assignment', (t, conversationId) => t.simulator.assign(conversationId, t.simulator.teammateId)],
    ['a tag', (t, conversationId) => t.simulator.tag(conversationId, 'parcel')],
  ];
  for (const [what, act] of changesNothing) {
    test(`${what} changes nothing`, async () => {
      await using t = await startTestApp();
      const { conversationId, call } = await whileDrafting(t);

      act(t, conversationId);
      await t.hear();
      t.modelServer.release();
      await t.finish();

      assert.equal(call.isAborted, false);
      assert.equal(t.simulator.notes(conversationId).length, 1);
      assert.deepEqual(await states(t, conversationId), ['delivered']);
      assert.equal(t.modelServer.chats.length, 1);
    });
  }
});

describe('a conversation that moves on without a word of it', () => {
  const quietly = { notify: false };

  test('before the turn begins, the newer message is in the note all the same', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.hear();
    t.simulator.contactWrites({ conversationId, html: '<p>Order 23107.</p>', ...quietly });

    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.deepEqual(conversationsAsked(t.modelServer), [['asked: Where is my parcel?\n\nOrder 23107.']]);
  });

  test('while the model writes, a message whose webhook is lost makes a turn of its own', async () => {
    await using t = await startTestApp();
    const { conversationId } = await whileDrafting(t);
    t.simulator.contactWrites({ conversationId, html: '<p>Sorry, I meant order 23107.</p>', ...quietly });
    t.modelServer.release();
    await t.finish();

    assert.deepEqual(await states(t, conversationId), ['superseded: the contact wrote again', 'delivered']);
    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.deepEqual(conversationsAsked(t.modelServer).at(-1), [
      'asked: Where is my parcel?\n\nSorry, I meant order 23107.',
    ]);
  });

  test('just before the last look, the draft is thrown away and the newer message answered', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    // The second time that the conversation is read is the last look before the post.
    t.simulator.faults.beforeEffect({ method: 'GET', path: '^/conversations/', nth: 2 }, () => {
      t.advance(2000);
      t.simulator.contactWrites({ conversationId, html: '<p>Order 23107.</p>', ...quietly });
    });

    await t.finish();

    assert.deepEqual(await states(t, conversationId), ['superseded: the contact wrote again', 'delivered']);
    assert.equal(t.simulator.notes(conversationId).length, 1);
    assert.equal(conversationsAsked(t.modelServer).length, 2);
    assert.deepEqual(conversationsAsked(t.modelServer).at(-1), ['asked: Where is my parcel?\n\nOrder 23107.']);
  });
});

describe('a teammate who answers', () => {
  const reply = (t: TestApp, conversationId: string) =>
    t.simulator.teammateWrites({ conversationId, html: '<p>It comes today.</p>' });

  test('before the turn begins leaves no note, and the model is not asked', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.hear();
    t.advance(500);
    reply(t, conversationId);

    await t.finish();

    assert.deepEqual(await states(t, conversationId), ['superseded: a teammate replied']);
    assert.deepEqual(t.simulator.notes(conversationId), []);
    assert.deepEqual(t.modelServer.chats, []);
  });

  for (const [when, nth] of [
    ['while the conversation is read', 1],
    ['while it is looked at for the last time', 2],
  ] as const) {
    test(`${when} leaves no note`, async () => {
      await using t = await startTestApp();
      const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
      const match = { method: 'GET', path: '^/conversations/', nth };
      // The answer is made already and does not show the reply; the webhook is heard before it arrives.
      t.simulator.faults.beforeAnswer(match, async () => {
        t.advance(1000);
        reply(t, conversationId);
        await t.hear();
      });

      await t.finish();

      assert.deepEqual(await states(t, conversationId), ['superseded: a teammate replied']);
      assert.deepEqual(t.simulator.notes(conversationId), []);
    });
  }

  test('in the second in which the contact wrote is seen by the order of the parts', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    reply(t, conversationId);

    await t.finish();

    assert.deepEqual(t.simulator.notes(conversationId), []);
    assert.deepEqual(t.modelServer.chats, []);
  });

  test('and is answered by the contact gets a draft for the new question', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
    await t.finish();
    t.advance(60_000);
    reply(t, conversationId);
    await t.finish();
    t.advance(60_000);
    t.simulator.contactWrites({ conversationId, html: '<p>It did not come.</p>' });
    await t.finish();

    assert.equal(t.simulator.notes(conversationId).length, 2);
    assert.deepEqual(conversationsAsked(t.modelServer).at(-1), [
      'user: Where is my parcel?',
      'assistant: It comes today.',
      'asked: It did not come.',
    ]);
  });
});

/** What another process on the same database does when it hears of a teammate's answer first. */
function supersedeElsewhere({ databasePath }: TestApp): void {
  using other = new DatabaseSync(databasePath, { timeout: 1000 });
  other.exec(`update turns set state = 'superseded', reason = 'a teammate replied', ended_at = opened_at,
    lease_owner = null, lease_ends_at = null`);
}

test('a turn that another process has superseded after the last look is not posted', async () => {
  await using t = await startTestApp();
  const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
  const lastLook = { method: 'GET', path: '^/conversations/', nth: 2 };
  t.simulator.faults.beforeAnswer(lastLook, () => supersedeElsewhere(t));

  await t.finish();

  assert.deepEqual(await states(t, conversationId), ['superseded: a teammate replied']);
  assert.deepEqual(t.simulator.notes(conversationId), []);
});

test('a contact who writes into a closed conversation opens it and gets a note', async () => {
  await using t = await startTestApp();
  const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
  await t.finish();
  t.advance(5000);
  t.simulator.close(conversationId);
  await t.finish();
  t.advance(5000);

  t.simulator.contactWrites({ conversationId, html: '<p>Still nothing.</p>' });
  await t.finish();

  assert.equal(t.simulator.notes(conversationId).length, 2);
  assert.deepEqual(await states(t, conversationId), ['delivered', 'delivered']);
});
