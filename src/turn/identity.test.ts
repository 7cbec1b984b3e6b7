import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unhurried } from '../../test/support/intercom.ts';
import { answerJson, startLoopback } from '../../test/support/loopback.ts';
import { createIntercomClient } from '../intercom/client.ts';
import { createOutbound } from '../lib/outbound.ts';
import { createIdentity } from './identity.ts';

const { signal } = new AbortController();

/** Intercom's `GET /me` for two teammates of two workspaces, and a client whose token the test sets. */
async function startTwoWorkspaces() {
  const owners: Readonly<Record<string, readonly [id: string, workspace: string]>> = {
    'Bearer of-ada': ['7100001', 'kayaks'],
    'Bearer of-ben': ['7100002', 'tents'],
  };
  const loopback = await startLoopback((response, { headers }) => {
    const [id, workspace] = owners[headers.authorization ?? ''] ?? [];
    const errors = { type: 'error.list', errors: [{ code: 'unauthorized', message: 'Access Token Invalid' }] };
    if (id === undefined) answerJson(response, errors, 401);
    else answerJson(response, { type: 'admin', id, name: 'A', email: 'a@example.com', app: { id_code: workspace } });
  });
  const dispatcher = createOutbound({
    allowedOrigins: new Set([loopback.url.origin]),
    connectionsPerOriginMax: 1,
    onRefused: () => undefined,
  });
  let now = 'of-ada';
  const token = (): string => now;
  const intercom = createIntercomClient({
    baseUrl: loopback.url,
    token,
    timeoutMs: 30_000,
    dispatcher,
    ...unhurried(),
  });
  return {
    loopback,
    intercom,
    token,
    setToken: (next: string) => void (now = next),
    [Symbol.asyncDispose]: async () => {
      await dispatcher.close();
      await loopback[Symbol.asyncDispose]();
    },
  };
}

test('Intercom is asked once whose token it is, and again when the token is another one', async () => {
  await using t = await startTwoWorkspaces();
  const identity = createIdentity(t.intercom, t.token, undefined);

  const first = [await identity(signal), await identity(signal)];
  t.setToken('of-ben');
  const second = [await identity(signal), await identity(signal)];

  const ada = { workspaceId: 'kayaks', assistantId: '7100001' };
  const ben = { workspaceId: 'tents', assistantId: '7100002' };
  assert.deepEqual([...first, ...second], [ada, ada, ben, ben]);
  assert.equal(t.loopback.requests.length, 2);
});

test('a new token that is refused does not pass for the one before', async () => {
  await using t = await startTwoWorkspaces();
  const identity = createIdentity(t.intercom, t.token, undefined);
  await identity(signal);

  t.setToken('mistyped');
  await assert.rejects(identity(signal), /refused the access token/);
  t.setToken('of-ada');

  assert.equal((await identity(signal)).workspaceId, 'kayaks');
});

test('the configured teammate writes, whoever owns the token', async () => {
  await using t = await startTwoWorkspaces();
  const identity = createIdentity(t.intercom, t.token, '7100009');

  t.setToken('of-ben');

  assert.deepEqual(await identity(signal), { workspaceId: 'tents', assistantId: '7100009' });
});
