import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, errorOf, startAdapter } from '../../test/support/model-adapter.ts';
import type { Reply } from '../../test/support/model-dialects.ts';

describe('connections', () => {
  test('calls in a row use one connection', async () => {
    await using bench = await startAdapter({}, {}, 1);
    const ports = new Set<unknown>();
    for (let count = 1; count <= 3; count += 1) {
      await ask(bench.model);
      ports.add((await bench.server.chat(count)).clientPort);
    }
    assert.equal(ports.size, 1);
  });

  test('a request that dies with a kept connection is sent once more', async () => {
    await using bench = await startAdapter({}, {}, 1);
    await ask(bench.model);
    bench.server.enqueue({ beforeHeaders: 'reset', steps: [] });
    assert.equal(await ask(bench.model), 'Hello, how can I help?');
    assert.equal(bench.server.chats.length, 3);
    assert.equal(bench.notices.filter((notice) => notice.type === 'request-resent').length, 1);
  });

  test('a request that dies twice is an error', async () => {
    await using bench = await startAdapter({}, {}, 1);
    await ask(bench.model);
    const reset: Reply = { beforeHeaders: 'reset', steps: [] };
    bench.server.enqueue(reset, reset);
    assert.equal((await errorOf(bench.model)).kind, 'unreachable');
    assert.equal(bench.server.chats.length, 3);
  });

  test('a fresh connection that dies is an error at once', async () => {
    await using bench = await startAdapter();
    bench.server.enqueue({ beforeHeaders: 'reset', steps: [] });
    assert.equal((await errorOf(bench.model)).kind, 'unreachable');
    assert.equal(bench.server.chats.length, 1);
  });

  test('a port where nothing listens is named, with what to do', async () => {
    await using bench = await startAdapter();
    await bench.server.close();
    const error = await errorOf(bench.model);
    assert.equal(error.kind, 'unreachable');
    assert.match(error.message, new RegExp(`${bench.server.url.host} \\(ECONNREFUSED\\).*LLM_BASE_URL`));
  });

  test('a host that the outbound door does not know is a matter of configuration', async () => {
    await using bench = await startAdapter({}, { baseUrl: new URL('http://elsewhere.invalid:8000') });
    const error = await errorOf(bench.model);
    assert.equal(error.kind, 'config');
    assert.match(error.message, /Refused to connect to http:\/\/elsewhere\.invalid:8000/);
  });
});
