import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { startCommandBench } from '../support/command-bench.ts';

/** The words of a crash: a stack line, or Node's own closing line. */
const crash = /^\s+at .+:\d+:\d+|^Node\.js v/m;

describe('every command', () => {
  test('is listed with a line of its own, and none is missing its help', async () => {
    await using bench = await startCommandBench();

    const list = await bench.run(['--help']);
    const names = [...list.output.matchAll(/^ {2}([a-z]+) +\S/gm)].map(([, name = '']) => name);
    const helps = await Promise.all(names.map(async (name) => await bench.run([name, '--help'])));

    assert.equal(list.code, 0);
    assert.deepEqual(
      names.toSorted().join(' '),
      'backup demo doctor draft move pause policy probe receive restore resume revive serve sync turns',
    );
    for (const [index, { code, output }] of helps.entries()) {
      assert.equal(code, 0);
      assert.match(output, new RegExp(`^Usage: sidenote ${names[index]}\\b`));
    }
    assert.equal(existsSync(join(bench.folder, 'data')), false);
  });

  test('says what there is when it is none', async () => {
    await using bench = await startCommandBench();

    const unknown = await bench.run(['sevre']);
    const nothing = await bench.run([]);

    assert.deepEqual([unknown.code, nothing.code], [2, 2]);
    assert.match(unknown.output, /^There is no command "sevre"\. The commands are: serve, demo, doctor/);
    assert.match(nothing.output, /Usage: sidenote COMMAND/);
  });

  const misuses: readonly (readonly [readonly string[], RegExp])[] = [
    [['serve', '--fast'], /Unknown option '--fast'/],
    [['doctor', 'now'], /Unexpected argument 'now'/],
    [['demo', '--port', 'many'], /The port is "many": give a number from 0 to 65535\./],
    [['receive'], /Which webhook\? Give a file with its JSON body\./],
    [['receive', 'absent.json'], /absent\.json can't be read: check the path and its permissions\.\n\n/],
    [['receive', '.'], /\. can't be read: check the path/],
    [['receive', 'one.json', 'two.json'], /There is one argument too many: "two\.json"\./],
    [['draft'], /What did the customer write\? Give it in quotes\./],
    [['turns', '--state', 'lost'], /--state is "lost": it must be one of waiting, working/],
    [['turns', '--limit', 'none'], /--limit is "none": give a number from 1\./],
    [['backup'], /Where to\? Give the name of a new file\./],
    [['restore'], /Which backup\? Give its file\./],
    [['move'], /Where to\? Give --to postgres/],
    [['move', '--to', 'mysql://db/sidenote'], /can be moved to PostgreSQL only/],
    [['move', '--to-file', 'absent'], /absent can't be read/],
    [['revive'], /Which turn\? Give its id/],
    [['revive', 'one', 'two'], /There is one argument too many: "two"\./],
    [['turns', 'one', 'two'], /There is one argument too many: "two"\./],
    [['sync', 'one', 'two'], /There is one argument too many: "two"\./],
    [['backup', 'one', 'two'], /There is one argument too many: "two"\./],
    [['restore', 'one', 'two'], /There is one argument too many: "two"\./],
    [['policy', 'lint'], /Say "policy check", or "policy explain" with/],
    [['policy', 'explain', 'absent.json'], /There is no file .*absent\.json\./],
    [['probe'], /Give a part \(message-text, note-html.*\) and a JSONL file\./],
    [['probe', 'thought', 'x.jsonl'], /Give a part/],
    [['probe', 'note-html', 'absent.jsonl'], /absent\.jsonl can't be read: check the path and its permissions\./],
    [['probe', 'note-html', '.'], /\. can't be read/],
    [['probe', 'note-html', 'a.jsonl', 'b.jsonl'], /There is one argument too many: "b\.jsonl"\./],
  ];
  for (const [args, says] of misuses) {
    test(`explains itself, with exit code 2: ${args.join(' ')}`, async () => {
      await using bench = await startCommandBench();

      const { code, output } = await bench.run(args);

      assert.equal(code, 2, output);
      assert.match(output, says);
      assert.match(output, new RegExp(`Usage: sidenote ${args[0]}`));
      assert.doesNotMatch(output, crash);
    });
  }
});

describe('serve refuses to start', () => {
  test('with all that is wrong in settings and sidenote.yaml at once, a sentence each, and exit code 1', async () => {
    await using bench = await startCommandBench();
    writeFileSync(join(bench.folder, 'sidenote.yaml'), 'mode: reply\nmodes: note\n');

    const { code, output } = await bench.run(['serve'], {
      INTERCOM_TOKEN: '',
      INTERCOM_CLIENT_SECRET_FILE: '/absent/secret',
      INTERCOM_CLIENT_SECRET: '',
      LLM_BASE_URL: 'gpu:8000',
      PORT: '70000',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://root:hunter2@db/x',
    });

    assert.equal(code, 1);
    const problems = output.split('\n').filter((line) => line.startsWith('  - '));
    for (const name of [
      'INTERCOM_TOKEN',
      'INTERCOM_CLIENT_SECRET',
      'LLM_BASE_URL',
      'PORT',
      'LOG_LEVEL',
      'DATABASE_URL',
    ]) {
      assert.equal(problems.filter((line) => line.includes(name)).length, 1, name);
    }
    assert.ok(problems.some((line) => /sidenote\.yaml:2:\d+ "modes" is not a setting/.test(line)));
    assert.equal(problems.length, 7);
    assert.ok(problems.every((line) => line.endsWith('.')));
    assert.doesNotMatch(output, /hunter2/);
    assert.doesNotMatch(output, crash);
  });

  test('when its port is taken', async () => {
    await using bench = await startCommandBench();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    assert.ok(address !== null && typeof address === 'object');

    const { code, output } = await bench.run(['serve'], { PORT: String(address.port) });
    const demo = await bench.run(['demo', '--port', String(address.port)]);
    other.close();

    assert.equal(code, 1);
    assert.match(output, new RegExp(`Port ${address.port} of 127.0.0.1 is taken by another program: .*set PORT\\.`));
    assert.doesNotMatch(output, crash);
    assert.equal(demo.code, 2);
    assert.match(demo.output, /is taken by another program/);
    assert.doesNotMatch(demo.output, crash);
  });

  for (const [what, changes, says] of [
    ['when its database file is none', { DATABASE_URL: 'sqlite:broken.sqlite' }, /SQLite can't open .*broken\.sqlite/],
    ['when its database is away', { DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:9/x' }, /PostgreSQL can't work now/],
  ] as const) {
    test(what, async () => {
      await using bench = await startCommandBench();
      writeFileSync(join(bench.folder, 'broken.sqlite'), 'not a database '.repeat(20));

      const { code, output } = await bench.run(['serve'], changes);

      assert.equal(code, 1);
      assert.match(output, says);
      assert.doesNotMatch(output, crash);
      assert.doesNotMatch(output, /hunter2/);
    });
  }
});

test('serve logs one line with its address when it listens', async () => {
  await using bench = await startCommandBench();
  await using serve = await bench.serve();

  const response = await fetch(new URL('/healthz', serve.url));
  const lines = serve
    .output()
    .split('\n')
    .filter((line) => line.includes('"url"'));

  assert.equal(response.status, 200);
  assert.equal(lines.length, 1);
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.equal(line['url'], serve.url);
  assert.match(String(line['msg']), /^listening/);
  assert.equal(line['policy'], `no ${join(bench.folder, 'sidenote.yaml')}: the defaults hold`);
});
