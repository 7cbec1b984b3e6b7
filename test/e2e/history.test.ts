import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { askedOf, conversationsAsked, lastMessageOf, messagesOf } from '../support/prompt.ts';

/** A conversation of so many answered exchanges; the contact has not written again yet. */
async function withExchanges(t: TestApp, count: number): Promise<string> {
  let conversationId: string | undefined;
  for (let exchange = 1; exchange <= count; exchange += 1) {
    t.advance(60_000);
    const html = `<p>question ${exchange}</p>`;
    conversationId = t.simulator.contactWrites({ conversationId, html, notify: false }).conversationId;
    t.advance(60_000);
    t.simulator.teammateWrites({ conversationId, html: `<p>answer ${exchange}</p>` });
  }
  await t.finish();
  t.advance(60_000);
  return conversationId ?? '';
}

describe('what the model is given', () => {
  test('for a first message: the instructions, the message with its subject, and no history', async () => {
    await using t = await startTestApp({ policy: { instructions: 'Sign as Lumen Kayak.' } });
    t.simulator.contactWrites({ channel: 'email', subject: 'Order 23107', html: '<p>Where is my parcel?</p>' });

    await t.finish();

    const [system, ...others] = messagesOf(t.modelServer.chats[0]?.body);
    assert.equal(system?.role, 'system');
    assert.match(system.content, /The team's own facts and instructions:\nSign as Lumen Kayak\.\n/);
    assert.equal(others.length, 1);
    assert.deepEqual(conversationsAsked(t.modelServer), [['asked: Subject: Order 23107\n\nWhere is my parcel?']]);
  });

  test('for a follow-up: the last five exchanges, the oldest first, each in its writer’s role', async () => {
    await using t = await startTestApp();
    const conversationId = await withExchanges(t, 7);
    t.simulator.contactWrites({ conversationId, html: '<p>question 8</p>' });

    await t.finish();

    assert.deepEqual(conversationsAsked(t.modelServer), [
      [
        ...[3, 4, 5, 6, 7].flatMap((number) => [`user: question ${number}`, `assistant: answer ${number}`]),
        'asked: question 8',
      ],
    ]);
  });

  test('as many exchanges as history.exchanges says', async () => {
    await using t = await startTestApp({ policy: { historyExchanges: 3 } });
    const conversationId = await withExchanges(t, 5);
    t.simulator.contactWrites({ conversationId, html: '<p>question 6</p>' });

    await t.finish();

    assert.deepEqual(
      conversationsAsked(t.modelServer)[0]?.filter((line) => line.startsWith('user')),
      ['user: question 3', 'user: question 4', 'user: question 5'],
    );
  });

  test('several messages of one side in a row are one entry, so that roles take turns', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({ html: '<p>Hello</p>', notify: false });
    t.simulator.contactWrites({ conversationId, html: '<p>anybody?</p>', notify: false });
    t.simulator.teammateWrites({ conversationId, html: '<p>Hello Ada</p>' });
    t.simulator.botWrites({ conversationId, html: '<p>We are closed on Sundays.</p>' });
    t.simulator.contactWrites({ conversationId, html: '<p>And today?</p>' });

    await t.finish();

    assert.deepEqual(conversationsAsked(t.modelServer), [
      ['user: Hello\n\nanybody?', 'assistant: Hello Ada\n\nWe are closed on Sundays.', 'asked: And today?'],
    ]);
  });

  test('no note, neither ours nor a teammate’s', async () => {
    await using t = await startTestApp({ modelServer: { reply: 'A draft of ours.' } });
    const { conversationId } = t.simulator.contactWrites({ html: '<p>question 1</p>' });
    await t.finish();
    t.advance(60_000);
    t.simulator.teammateWrites({ conversationId, html: '<p>This contact is difficult.</p>', kind: 'note' });
    t.advance(60_000);
    t.simulator.contactWrites({ conversationId, html: '<p>question 2</p>' });

    await t.finish();

    assert.deepEqual(conversationsAsked(t.modelServer).at(-1), ['asked: question 1\n\nquestion 2']);
  });

  test('no message that was redacted', async () => {
    await using t = await startTestApp();
    const { conversationId, partId } = t.simulator.contactWrites({ html: '<p>my card is 4242</p>', notify: false });
    t.simulator.redact(conversationId, partId);
    t.simulator.contactWrites({ conversationId, html: '<p>Where is my parcel?</p>' });

    await t.finish();

    assert.deepEqual(conversationsAsked(t.modelServer), [['asked: Where is my parcel?']]);
  });

  test('the names of attachments, also where there are no words', async () => {
    await using t = await startTestApp();
    const attachments = [{ name: 'leak.jpg', url: 'http://127.0.0.1:9/leak.jpg', content_type: 'image/jpeg' }];
    t.simulator.contactWrites({ html: '', attachments });

    await t.finish();

    assert.deepEqual(conversationsAsked(t.modelServer), [['asked: [Attachment: leak.jpg]']]);
  });

  test('the language of the contact to write in', async () => {
    await using t = await startTestApp();
    t.simulator.contactWrites({ html: '<p>Guten Tag, wann wird mein neues Paddel endlich geliefert?</p>' });

    await t.finish();

    assert.match(lastMessageOf(t.modelServer.chats[0]?.body), /Language: German\.\)$/);
  });
});

describe('an e-mail', () => {
  const quoted =
    '<div>Can I return it?</div><div class="gmail_signature">Rufus, Harbour Lane 12</div>' +
    '<div class="gmail_quote"><div class="gmail_attr">On Monday, Lumen wrote:</div>' +
    '<blockquote class="gmail_quote"><p>Your order has shipped.</p></blockquote></div>';

  test('is given without what it quotes and without its signature', async () => {
    await using t = await startTestApp();
    t.simulator.contactWrites({ channel: 'email', subject: 'Re: Your order', html: quoted });

    await t.finish();

    assert.equal(askedOf(t.modelServer.chats[0]?.body), 'Subject: Re: Your order\n\nCan I return it?');
  });

  test('is given without the dashes before its signature', async () => {
    await using t = await startTestApp();
    const html =
      '<div>Can I return it?</div><div><br></div><span class="gmail_signature_prefix">-- </span><br>' +
      '<div class="gmail_signature">Rufus, Harbour Lane 12</div>';
    t.simulator.contactWrites({ channel: 'email', html });

    await t.finish();

    assert.equal(askedOf(t.modelServer.chats[0]?.body), 'Can I return it?');
  });

  test('that answers our mail does not bring our own words back', async () => {
    await using t = await startTestApp();
    const { conversationId } = t.simulator.contactWrites({
      channel: 'email',
      subject: 'My order',
      html: '<p>Where is it?</p>',
      notify: false,
    });
    t.simulator.teammateWrites({ conversationId, html: '<p>Your order has shipped.</p>' });
    await t.finish();
    t.advance(60_000);
    t.simulator.contactWrites({ conversationId, html: quoted });

    await t.finish();

    assert.deepEqual(conversationsAsked(t.modelServer), [
      ['user: Subject: My order\n\nWhere is it?', 'assistant: Your order has shipped.', 'asked: Can I return it?'],
    ]);
  });
});

test('a history that is longer than the model’s window loses its oldest exchanges, and the question stays', async () => {
  await using t = await startTestApp({ modelServer: { dialect: 'llama.cpp' } }); // 8192 tokens
  const { conversationId } = t.simulator.contactWrites({
    html: `<p>question 1 ${'word '.repeat(6000)}</p>`,
    notify: false,
  });
  t.simulator.teammateWrites({ conversationId, html: '<p>answer 1</p>' });
  t.simulator.contactWrites({ conversationId, html: '<p>question 2</p>', notify: false });
  t.simulator.teammateWrites({ conversationId, html: '<p>answer 2</p>' });
  t.simulator.contactWrites({ conversationId, html: '<p>question 3</p>' });

  await t.finish();

  assert.deepEqual(conversationsAsked(t.modelServer), [
    ['user: question 2', 'assistant: answer 2', 'asked: question 3'],
  ]);
  assert.equal((await t.traces(conversationId))[0]?.exchangesLeftOut, 1);
});
