import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { z } from 'zod';
import { createApiCaller } from '../test/support/api-caller.ts';
import { startWebhookReceiver } from '../test/support/webhook-receiver.ts';
import { OptionError, readOptions } from './options.ts';
import { startSimulator } from './server.ts';

const Started = z.object({
  url: z.string(),
  token: z.string(),
  clientSecret: z.string(),
  adminId: z.string(),
  teammateId: z.string(),
});

test('the simulator as a process says where it is, does over HTTP what the functions do, and ends when told', async () => {
  await using receiver = await startWebhookReceiver();
  const options = ['--webhook-url', receiver.url, '--token', 'secret-token'];
  const child = spawn(process.execPath, [`${import.meta.dirname}/main.ts`, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const firstLine = z.tuple([z.string()]).parse(await once(createInterface(child.stdout), 'line'));
  const started = Started.parse(JSON.parse(firstLine[0]));
  const call = createApiCaller(started);
  const control = async (path: string, body: unknown) => (await call('POST', `/simulator/${path}`, body)).body;

  const written = z
    .object({ conversationId: z.string() })
    .parse(await control('contact-writes', { contactName: 'Ada', html: '<p>Hello</p>' }));
  await control('teammate-writes', { ...written, html: '<p>Hi</p>' });
  await control('tag', { ...written, name: 'vip' });
  await control('faults', { path: '^/me$', times: null, effect: { kind: 'status', status: 503 } });
  await control('webhooks/idle', {});
  const me = await call('GET', '/me');
  const conversation = await call('GET', `/conversations/${written.conversationId}`);
  const unknown = await call('POST', '/simulator/close', { conversationId: '1' });
  const wrong = await call('POST', '/simulator/close', { conversation: '1' });
  child.kill('SIGTERM');

  assert.equal(started.token, 'secret-token');
  assert.deepEqual(receiver.topics().toSorted(), [
    'conversation.admin.replied',
    'conversation.user.created',
    'conversation_part.tag.created',
  ]);
  assert.equal(me.status, 503);
  assert.match(JSON.stringify(conversation.body), /"name":"vip"/);
  assert.deepEqual([unknown.status, wrong.status], [404, 400]);
  assert.deepEqual(await ended, [0, null]);
});

for (const [what, args, said] of [
  ['an unknown option', ['--prot', '4000'], /Unknown option '--prot'/],
  ['a port that is none', ['--port', '70000'], /^--port is "70000": give a whole number from 0 to 65535\.$/],
  ['a rate limit that is none', ['--rate-limit', 'many'], /^--rate-limit is "many"/],
  ['an address without a scheme', ['--webhook-url', 'localhost:3000'], /^--webhook-url is "localhost:3000"/],
] as const) {
  test(`${what} is refused in a sentence`, () => {
    assert.throws(
      () => readOptions(args),
      (error) => error instanceof OptionError && said.test(error.message),
    );
  });
}

test('a port that is taken is told in a sentence, without a stack', async () => {
  await using simulator = await startSimulator();
  const { port } = new URL(simulator.url);
  const child = spawn(process.execPath, [`${import.meta.dirname}/main.ts`, '--port', port], { stdio: 'pipe' });
  const [said, ended] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.deepEqual(ended, [1, null]);
  assert.match(said, /^The simulator can't listen there \(.*EADDRINUSE.*\): choose another --port or --host\.\n$/);
});

test('a page of another site is not answered', async () => {
  await using simulator = await startSimulator();

  const response = await fetch(`${simulator.url}/simulator/contact-writes`, {
    method: 'POST',
    headers: { Origin: 'https://evil.example', 'Content-Type': 'text/plain' },
    body: JSON.stringify({ html: 'x' }),
  });

  assert.equal(response.status, 403);
  assert.deepEqual(simulator.conversations(), []);
});
