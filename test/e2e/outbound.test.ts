import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';
import { noteIn, startCommandBench } from '../support/command-bench.ts';
import type { Reply } from '../support/model-dialects.ts';

type Stranger = AsyncDisposable & { readonly url: string; readonly visits: () => number };

/** A host that no setting names. */
async function startStranger(): Promise<Stranger> {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    url: `http://127.0.0.1:${address.port}`,
    visits: () => visits,
    [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))),
  };
}

/** The ports that sockets of this process connect to while `work` runs. */
async function portsDuring(work: () => Promise<void>): Promise<ReadonlySet<string>> {
  const ports = new Set<string>();
  const onSocket = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    socket.once('connect', () => ports.add(String(socket.remotePort)));
    socket.once('lookup', (_error: unknown, _address: unknown, _family: unknown, host: string) => ports.add(host));
  };
  subscribe('net.client.socket', onSocket);
  try {
    await work();
  } finally {
    unsubscribe('net.client.socket', onSocket);
  }
  return ports;
}

const portOf = (url: string | URL): string => new URL(url).port;

describe('Sidenote connects to Intercom and to the model server, and to nothing else', () => {
  test('whatever addresses a message, an attachment or a draft holds', async () => {
    await using stranger = await startStranger();
    const { url } = stranger;
    await using t = await startTestApp({
      modelServer: { reply: `See ${url}/a, [this](${url}/b), ![that](${url}/c) and <img src="${url}/d">` },
    });
    const attachments = [{ name: 'leak.jpg', url: `${url}/leak.jpg`, content_type: 'image/jpeg' }];
    const html = `<p>See <a href="${url}/e">here</a> <img src="${url}/f"> ${url}/g</p>`;

    t.modelServer.closeIdle(); // so that a connection has to be made

    const ports = await portsDuring(async () => {
      const { conversationId } = t.simulator.contactWrites({ html, attachments, channel: 'email', subject: url });
      await t.finish();
      assert.equal(t.simulator.notes(conversationId).length, 1);
    });

    assert.equal(stranger.visits(), 0);
    assert.ok(ports.has(portOf(t.modelServer.url)));
    assert.ok(
      ports.isSubsetOf(new Set([t.url, t.simulator.url, t.modelServer.url].map(portOf))),
      [...ports].join(', '),
    );
  });

  const redirect = (url: string): Reply => ({
    status: 307,
    headers: { location: `${url}/v1/chat/completions` },
    steps: [],
  });
  const redirections: readonly (readonly [string, (t: TestApp, url: string) => void])[] = [
    ['the model server', (t, url) => t.modelServer.enqueue(redirect(url))],
    ['Intercom, when it is read', (t, url) => addRedirect(t, { method: 'GET', path: '^/conversations/' }, url)],
    ['Intercom, when it is written to', (t, url) => addRedirect(t, { method: 'POST', path: '/reply$' }, url)],
  ];
  for (const [who, act] of redirections) {
    test(`although ${who} redirects elsewhere, and the turn waits`, async () => {
      await using stranger = await startStranger();
      await using t = await startTestApp();
      act(t, stranger.url);
      const { conversationId } = t.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

      await t.attempt();
      const [turn] = await t.turns(conversationId);
      await t.finish();

      assert.equal(turn?.state, 'waiting');
      assert.equal(stranger.visits(), 0);
      assert.equal(t.simulator.notes(conversationId).length, 1);
    });
  }

  test('although the environment names a proxy', async () => {
    await using stranger = await startStranger();
    await using bench = await startCommandBench();
    const { url } = stranger;
    const proxies = { HTTP_PROXY: url, http_proxy: url, HTTPS_PROXY: url, https_proxy: url, ALL_PROXY: url };
    await bench.serve(proxies);
    const { conversationId } = bench.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });

    await noteIn(bench.simulator, conversationId);

    assert.equal(stranger.visits(), 0);
  });
});

function addRedirect(t: TestApp, match: { readonly method: string; readonly path: string }, url: string): void {
  t.simulator.faults.add({ ...match, effect: { kind: 'status', status: 307, headers: { Location: url } } });
}
