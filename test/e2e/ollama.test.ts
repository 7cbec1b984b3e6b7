import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { startTestApp } from '../support/app.ts';
import { answer } from '../support/model-dialects.ts';
import { failureReply } from '../support/model-failures.ts';

const Chat = z.object({ truncate: z.boolean(), options: z.object({ num_ctx: z.number() }) });

test('an Ollama is recognised by itself, and drafts in its own API without cutting the prompt', async () => {
  await using t = await startTestApp({ modelServer: { dialect: 'ollama' } });
  t.modelServer.enqueue(answer('Your parcel left our store at noon.', { dialect: 'ollama' }));
  const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

  await t.finish();

  const [note] = t.simulator.notes(conversationId);
  assert.match(JSON.stringify(note), /Your parcel left our store at noon\./);
  const chats = t.modelServer.chats.map(({ path, body }) => ({ path, ...Chat.parse(body) }));
  assert.deepEqual(chats, [{ path: '/api/chat', truncate: false, options: { num_ctx: 16_384 } }]);
});

test('a model that runs away is stopped, and the next attempt drafts', async () => {
  await using t = await startTestApp({ modelServer: { dialect: 'ollama' } });
  t.modelServer.enqueue(failureReply('repeats-itself', 'ollama'));
  const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

  await t.attempt();
  const [stopped] = await t.turns(conversationId);
  await t.finish();

  assert.match(stopped?.state === 'waiting' ? (stopped.lastError ?? '') : '', /again and again and was stopped/);
  const [first] = t.modelServer.chats;
  await first?.closed;
  assert.equal(first?.isAborted, true);
  assert.equal(t.simulator.notes(conversationId).length, 1);
});
