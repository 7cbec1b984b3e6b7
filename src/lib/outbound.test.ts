import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerJson, startLoopback } from '../../test/support/loopback.ts';
import { createOutbound, OutboundRefused } from './outbound.ts';

function createDoor(...allowed: readonly URL[]) {
  const refused: string[] = [];
  const dispatcher = createOutbound({
    allowedOrigins: new Set(allowed.map(({ origin }) => origin)),
    connectionsPerOriginMax: 2,
    onRefused: (origin) => refused.push(origin),
  });
  return { dispatcher, refused, [Symbol.asyncDispose]: async () => await dispatcher.close() };
}

describe('the door to the outside', () => {
  test('connects to the configured origins', async () => {
    await using server = await startLoopback((response) => answerJson(response, { ok: true }));
    await using door = createDoor(server.url);
    const { statusCode, body } = await door.dispatcher.request({
      origin: server.url.origin,
      path: '/a',
      method: 'GET',
    });
    assert.deepEqual([statusCode, await body.json()], [200, { ok: true }]);
    assert.deepEqual(door.refused, []);
  });

  test('refuses every other origin before a connection is made, and tells', async () => {
    await using allowed = await startLoopback((response) => answerJson(response, {}));
    await using other = await startLoopback((response) => answerJson(response, {}));
    await using door = createDoor(allowed.url);
    const asking = door.dispatcher.request({ origin: other.url.origin, path: '/', method: 'POST', body: 'words' });
    await assert.rejects(asking, (error) => {
      assert.ok(error instanceof OutboundRefused);
      assert.equal(error.origin, other.url.origin);
      assert.equal(
        error.message,
        `Refused to connect to ${other.url.origin}: it is not one of the configured hosts. Nothing was sent.`,
      );
      return true;
    });
    assert.equal(other.connections(), 0);
    assert.deepEqual(door.refused, [other.url.origin]);
  });

  test('an origin is scheme, host and port: the same host on another port is another', async () => {
    await using server = await startLoopback((response) => answerJson(response, {}));
    const { url } = server;
    await using door = createDoor(url);
    const others = [`https://127.0.0.1:${url.port}`, `http://localhost:${url.port}`, 'http://127.0.0.1:1'];
    for (const origin of others) {
      await assert.rejects(door.dispatcher.request({ origin, path: '/', method: 'GET' }), OutboundRefused);
    }
    assert.equal(server.connections(), 0);
  });

  test('follows no redirect, not even to an origin that is allowed', async () => {
    await using target = await startLoopback((response) => answerJson(response, {}));
    await using server = await startLoopback((response) => {
      response.writeHead(302, { location: target.url.href });
      response.end();
    });
    await using door = createDoor(server.url, target.url);
    const { statusCode, body } = await door.dispatcher.request({ origin: server.url.origin, path: '/', method: 'GET' });
    await body.dump();
    assert.equal(statusCode, 302);
    assert.equal(target.connections(), 0);
  });
});
