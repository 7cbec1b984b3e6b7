import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type CommandBench, noteIn, startCommandBench } from '../support/command-bench.ts';
import { refusal } from '../support/model-refusals.ts';

type Bench = { readonly bench: CommandBench; readonly delivered: string; readonly dead: string };

/** One delivered turn and one dead one, left by a `serve` that goes on running. */
async function startWithTurns(): Promise<Bench> {
  const bench = await startCommandBench({ modelServer: { reply: 'It comes tomorrow.' } });
  const serve = await bench.serve();
  const delivered = bench.simulator.contactWrites({ contactName: 'Ada', html: '<p>Where is my parcel?</p>' });
  await serve.printed(/"state":"delivered"/);
  bench.modelServer.enqueue(refusal('too-long', 'vllm'));
  const dead = bench.simulator.contactWrites({ contactName: 'Bert', html: '<p>A very long story</p>' });
  await serve.printed(/"state":"dead"/);
  return { bench, delivered: delivered.conversationId, dead: dead.conversationId };
}

const turnIdIn = (output: string): string => /^\S+ \S+ {2}(\S+)/m.exec(output)?.[1] ?? '';

describe('beside a running Sidenote', () => {
  let shared: Bench;
  before(async () => {
    shared = await startWithTurns();
  });
  after(async () => await shared.bench[Symbol.asyncDispose]());

  test('turns lists the newest first, with what became of each, while Sidenote runs', async () => {
    const { bench, delivered, dead } = shared;
    const { code, output } = await bench.run(['turns']);

    assert.equal(code, 0, output);
    const lines = output.trim().split('\n');
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', new RegExp(` dead +${dead} .*does not fit its model`));
    assert.match(lines[1] ?? '', new RegExp(` delivered +${delivered} +part \\d+, after \\d+\\.\\d s$`));
  });

  test('turns filters by state, by conversation and by number', async () => {
    const { bench, delivered, dead } = shared;
    const [byState, byConversation, byNumber, none] = await Promise.all([
      bench.run(['turns', '--state', 'delivered']),
      bench.run(['turns', '--conversation', dead]),
      bench.run(['turns', '--limit', '1']),
      bench.run(['turns', '--state', 'withheld']),
    ]);

    assert.match(byState.output, new RegExp(`^.* ${delivered} .*\n$`));
    assert.match(byConversation.output, new RegExp(`^.* ${dead} .*\n$`));
    assert.match(byNumber.output, new RegExp(`^.* ${dead} .*\n$`));
    assert.equal(none.output, 'No turns yet, or none that match.\n');
  });

  test('turns shows one with its whole trace, for people and as JSON', async () => {
    const { bench, delivered } = shared;
    const id = turnIdIn((await bench.run(['turns', '--conversation', delivered])).output);

    const shown = await bench.run(['turns', id]);
    const json = await bench.run(['turns', id, '--json']);
    const lines = await bench.run(['turns', '--json']);

    assert.equal(shown.code, 0, shown.output);
    assert.match(shown.output, /Attempt 1, recorded/);
    assert.match(shown.output, /"completion": "It comes tomorrow\."/);
    assert.match(shown.output, /Where is my parcel\?/);
    assert.match(shown.output, /Posted as note, part \d+:\n<p>It comes tomorrow\.<\/p>/);
    const { turn, traces } = JSON.parse(json.output) as { turn: { id: string }; traces: readonly unknown[] };
    assert.equal(turn.id, id);
    assert.equal(traces.length, 1);
    const states = lines.output
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { state: string }).state);
    assert.deepEqual(states, ['dead', 'delivered']);
  });

  test('turns says so when there is no such turn', async () => {
    const { bench } = shared;
    const unknown = await bench.run(['turns', 'nope']);
    const impossible = await bench.run(['turns', 'two words']);

    assert.equal(unknown.code, 1);
    assert.match(unknown.output, /^There is no turn nope\. "sidenote turns" lists the newest ones\.\n$/);
    assert.equal(impossible.code, 2);
    assert.match(impossible.output, /"two words" can't be an id/);
  });

  test('revive refuses every other turn with the reason, and exit code 1', async () => {
    const { bench, delivered } = shared;
    const id = turnIdIn((await bench.run(['turns', '--conversation', delivered])).output);

    const ended = await bench.run(['revive', id]);
    const unknown = await bench.run(['revive', 'nope']);

    assert.equal(ended.code, 1);
    assert.equal(ended.output, 'Not revived: only a dead turn can be revived; this one is delivered.\n');
    assert.equal(unknown.code, 1);
    assert.equal(unknown.output, 'There is no turn nope.\n');
  });

  test('revive makes a dead turn due, and the running Sidenote posts its note', async () => {
    const { bench, dead } = shared;
    const id = turnIdIn((await bench.run(['turns', '--state', 'dead'])).output);

    const { code, output } = await bench.run(['revive', id]);
    const note = await noteIn(bench.simulator, dead);

    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`^Turn ${id} is due now`));
    assert.match(note, new RegExp(`^<p>It comes tomorrow\\.</p>.*turn ${id}`));
  });
});

describe('before the first start', () => {
  for (const args of [['turns'], ['turns', 'nope'], ['revive', 'nope']] as const) {
    test(`${args.join(' ')} says what to do, and makes no database`, async () => {
      await using bench = await startCommandBench();

      const { code, output } = await bench.run(args);

      assert.equal(code, 1);
      assert.match(
        output,
        /^There is no database at .*sidenote\.sqlite yet: check DATA_DIR, or start Sidenote once[^\n]*\n$/,
      );
      assert.equal(existsSync(join(bench.folder, 'data')), false);
    });
  }
});
