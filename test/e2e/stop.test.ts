import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { type CommandBench, noteIn, startCommandBench } from '../support/command-bench.ts';
import { answer, type Reply } from '../support/model-dialects.ts';

const held = (text: string): Reply => ({ steps: ['wait', ...answer(text).steps] });

/** A conversation whose draft the model server holds back. */
async function whileDrafting(bench: CommandBench) {
  bench.modelServer.enqueue(held('It comes tomorrow.'));
  const serve = await bench.serve();
  const { conversationId } = bench.simulator.contactWrites({ html: '<p>Where is my parcel?</p>' });
  const call = await bench.modelServer.chat(1);
  await call.held;
  return { serve, conversationId, call };
}

describe('SIGTERM', () => {
  test('lets the draft under way be finished and posted, and ends with exit code 0', async () => {
    await using bench = await startCommandBench();
    const { serve, conversationId } = await whileDrafting(bench);

    serve.kill('SIGTERM');
    await serve.printed(/stopping/);
    bench.modelServer.release();

    assert.equal(await serve.exited, 0);
    assert.equal(bench.simulator.notes(conversationId).length, 1);
  });

  test('hands back what takes too long, and the next start posts it', async () => {
    await using bench = await startCommandBench();
    const { serve, conversationId, call } = await whileDrafting(bench);

    serve.kill('SIGTERM');
    const code = await serve.exited;
    await call.closed;
    const turns = await bench.run(['turns']);
    await bench.serve();
    const note = await noteIn(bench.simulator, conversationId);

    assert.equal(code, 0);
    assert.equal(call.isAborted, true);
    assert.match(turns.output, / waiting /);
    assert.match(note, /^<p>Hello, how can I help\?<\/p>/);
    assert.equal(bench.simulator.notes(conversationId).length, 1);
  });

  test('ends an idle Sidenote, with SIGINT as well', async () => {
    await using bench = await startCommandBench();
    const [first, second] = [await bench.serve(), await bench.serve({ DATA_DIR: 'other' })];

    first.kill('SIGTERM');
    second.kill('SIGINT');

    assert.deepEqual([await first.exited, await second.exited], [0, 0]);
  });

  test('a second time ends it at once', async () => {
    await using bench = await startCommandBench();
    const { serve, call } = await whileDrafting(bench);
    serve.kill('SIGTERM');
    await serve.printed(/stopping/);

    serve.kill('SIGTERM');
    const code = await serve.exited;
    await call.closed;

    assert.equal(code, null);
    assert.doesNotMatch(serve.output(), /turn ended/);
  });
});

/** Lets the leases of a Sidenote that was killed run out now. */
function endLeases(bench: CommandBench): void {
  using db = new DatabaseSync(join(bench.folder, 'data/sidenote.sqlite'));
  db.exec("update turns set lease_ends_at = 1 where state = 'working'");
}

test('killed in the middle of a draft, Sidenote loses nothing and posts once', async () => {
  await using bench = await startCommandBench();
  const { serve, conversationId } = await whileDrafting(bench);
  serve.kill('SIGKILL');
  await serve.exited;
  endLeases(bench);

  await bench.serve();
  await noteIn(bench.simulator, conversationId);

  assert.equal(bench.simulator.notes(conversationId).length, 1);
});
