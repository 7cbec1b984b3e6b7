import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, errorOf, startAdapter } from '../../test/support/model-adapter.ts';
import { delta, done } from '../../test/support/model-dialects.ts';
import type { Reply, Step } from '../../test/support/model-dialects.ts';

describe('connections', () => {
  test('a connection is used again, even when its body ends later than the answer', async () => {
    const lateEnd: Reply = { steps: [delta({ content: 'ok' }, 'stop'), done, 'wait'] };
    await using bench = await startAdapter({ script: [lateEnd] }, {}, 1);
    assert.equal(await ask(bench.model), 'ok');
    const first = await bench.server.chat(1);
    await first.held;
    bench.server.release();
    await ask(bench.model);
    assert.equal((await bench.server.chat(2)).clientPort, first.clientPort);
  });

  for (const beforeHeaders of ['close', 'reset'] as const) {
    const lost: Reply = { beforeHeaders, steps: [] };

    test(`a request that dies with a kept connection (${beforeHeaders}) is sent once more`, async () => {
      await using bench = await startAdapter({}, {}, 1);
      await ask(bench.model);
      bench.server.enqueue(lost);
      assert.equal(await ask(bench.model), 'Hello, how can I help?');
      assert.equal(bench.server.chats.length, 3);
      assert.equal(bench.notices.filter((notice) => notice.type === 'request-resent').length, 1);
    });

    test(`a request that dies twice (${beforeHeaders}) is an error`, async () => {
      await using bench = await startAdapter({}, {}, 1);
      await ask(bench.model);
      bench.server.enqueue(lost, lost);
      assert.equal((await errorOf(bench.model)).kind, 'unreachable');
      assert.equal(bench.server.chats.length, 3);
    });

    test(`a first request that dies (${beforeHeaders}) is an error at once`, async () => {
      await using bench = await startAdapter({ script: [lost] });
      assert.equal((await errorOf(bench.model)).kind, 'unreachable');
      assert.equal(bench.server.chats.length, 1);
    });
  }

  test('a fresh connection that the server closes is an error at once, however many answers came before', async () => {
    await using bench = await startAdapter();
    await ask(bench.model);
    const waits: Reply = { beforeHeaders: 'wait', steps: [] };
    bench.server.enqueue(waits, waits, { beforeHeaders: 'close', steps: [] });
    // Two calls that wait take whatever connection is kept, so that the third has to open one.
    const second = errorOf(bench.model);
    await (
      await bench.server.chat(2)
    ).held;
    const third = errorOf(bench.model);
    await (
      await bench.server.chat(3)
    ).held;
    assert.equal((await errorOf(bench.model)).kind, 'unreachable');
    assert.equal(bench.server.chats.length, 4);
    bench.server.release();
    await Promise.all([second, third]);
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

  test('a kept connection that the server has closed costs no call', async () => {
    await using bench = await startAdapter({}, {}, 1);
    await ask(bench.model);
    await (
      await bench.server.chat(1)
    ).closed;
    bench.server.closeIdle();
    assert.equal(await ask(bench.model), 'Hello, how can I help?');
  });

  test('an abort while no connection is free is told at once', async () => {
    await using bench = await startAdapter({ script: [{ steps: ['wait'] }] }, {}, 1);
    const first = errorOf(bench.model);
    await (
      await bench.server.chat(1)
    ).held;
    const controller = new AbortController();
    const second = ask(bench.model, 'draft', controller.signal);
    setImmediate(() => controller.abort());
    await assert.rejects(second, { name: 'ModelError', kind: 'cancelled' });
    bench.server.release();
    assert.equal((await first).kind, 'broken-stream');
  });

  test('of a body that never ends only the beginning is read', async () => {
    const page = { raw: 'x'.repeat(64 * 1024) };
    const endless: Reply = { status: 500, headers: { 'content-type': 'text/plain' }, steps: withoutEnd(page) };
    await using bench = await startAdapter({ reply: endless });
    assert.equal((await errorOf(bench.model)).kind, 'engine');
    const chat = await bench.server.chat(1);
    await chat.closed;
    assert.equal(chat.isAborted, true);
  });
});

/** More than is read of an error, without an end. */
function* withoutEnd(step: Step): Generator<Step> {
  for (let count = 0; count < 40; count += 1) yield step;
  yield 'wait';
}
