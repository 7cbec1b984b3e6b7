import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, errorOf, request, roomy } from '../../../test/support/model-adapter.ts';
import { answer, type Reply } from '../../../test/support/model-dialects.ts';
import { startModelServer } from '../../../test/support/model-server.ts';
import type { ModelServer as TestServer } from '../../../test/support/model-server.ts';
import { complete } from '../model.ts';
import type { ConfiguredServer } from './roster.ts';
import type { ServerEvent } from './server.ts';
import { createServers } from './servers.ts';
import type { ModelServers } from './servers.ts';
import type { ServerSettings } from './settings.ts';

const { signal } = new AbortController();

const at = ({ url }: TestServer, changes: Partial<ServerSettings> = {}, apiKey?: string): ConfiguredServer => ({
  timeouts: roomy,
  apiKey,
  settings: {
    baseUrl: url,
    model: 'test-model',
    kind: 'openai',
    callsMax: 2,
    roles: new Set(['draft', 'decide']),
    isDraining: false,
    keyFrom: 'LLM_API_KEY',
    ...changes,
  },
});

type Bench = AsyncDisposable & {
  readonly servers: ModelServers;
  readonly heard: () => readonly string[];
  advance(ms: number): void;
};

function start(...configured: readonly ConfiguredServer[]): Bench {
  const events: ServerEvent[] = [];
  let now = 0;
  const servers = createServers(configured, {
    now: () => now,
    monotonicNow: () => 0,
    random: () => 0,
    onNotice: () => undefined,
    onEvent: (event) => events.push(event),
    onRefused: (origin) => assert.fail(`It wanted to go to ${origin}.`),
  });
  return {
    servers,
    advance: (ms) => void (now += ms),
    heard: () => events.filter(({ type }) => type !== 'probed').map(({ type, server }) => `${type} ${server}`),
    [Symbol.asyncDispose]: async () => await servers.stop(),
  };
}

const named = ({ url }: TestServer): string => `${url.host} (test-model)`;
const states = (servers: ModelServers): readonly unknown[] => servers.report().map(({ state }) => state);

describe('servers whose configuration changes', () => {
  test('what is removed finishes its call, gets nothing new, and is closed then', async () => {
    await using one = await startModelServer({ reply: answer('', { pieces: ['From one.'] }) });
    await using two = await startModelServer({ reply: 'From two.' });
    await using bench = start(at(one));
    const { servers } = bench;
    const [before] = servers.all;
    one.enqueue({ steps: [...answer('From ').steps].slice(0, 2).concat(['wait'], [...answer('one.').steps]) });
    const running = ask(servers.pool);
    await (
      await one.chat(1)
    ).held;

    servers.replace([at(two)]);
    assert.deepEqual(states(servers), ['ok', 'draining']);
    assert.equal(await ask(servers.pool), 'From two.');
    one.release();

    assert.equal(await running, 'From one.');
    assert.deepEqual(states(servers), ['ok']);
    assert.ok(before);
    assert.equal((await errorOf(before.model)).kind, 'unreachable');
    assert.equal(one.chats.length, 1);
    assert.deepEqual(bench.heard(), [`joined ${named(two)}`, `draining ${named(one)}`, `left ${named(one)}`]);
  });

  test('what joins is probed, and gets calls', async () => {
    await using one = await startModelServer({ reply: 'From one.' });
    await using two = await startModelServer({ reply: 'From two.' });
    await using bench = start(at(one));
    bench.servers.replace([at(one), at(two)]);
    const keys = Array.from({ length: 20 }, (_, index) => `conversation ${index}`);
    const texts = new Set<string>();
    for (const affinityKey of keys) {
      texts.add((await complete(bench.servers.pool, request, { signal, lane: 'draft', affinityKey })).text);
    }
    assert.deepEqual([...texts].toSorted(), ['From one.', 'From two.']);
    assert.ok(two.requests.some(({ path }) => path === '/v1/models'));
    assert.equal(
      one.requests.some(({ path }) => path === '/v1/models'),
      false,
    );
    assert.deepEqual(bench.heard(), [`joined ${named(two)}`]);
  });

  test('what joins without answering its probe is told of', async () => {
    await using one = await startModelServer();
    const away = await startModelServer();
    await away.close();
    await using bench = start(at(one));
    bench.servers.replace([at(one), at(away)]);
    while (bench.heard().length < 2) await new Promise(setImmediate);
    assert.deepEqual(bench.heard(), [`joined ${named(away)}`, `unanswered ${named(away)}`]);
  });

  test('what stays the same keeps what is known of it', async () => {
    await using one = await startModelServer();
    await using bench = start(at(one));
    await bench.servers.probe(signal);
    const [before] = bench.servers.all;
    before?.breaker.open('stuck');
    bench.servers.replace([at(one)]);
    const [after] = bench.servers.all;
    assert.ok(after !== undefined && after === before && after.facts !== undefined && after.breaker.isOpen);
  });

  const changes: readonly (readonly [string, Partial<ServerSettings>, string | undefined])[] = [
    ['another key', {}, 'new-key'],
    ['another concurrency', { callsMax: 3 }, undefined],
    ['other roles', { roles: new Set(['draft']) }, undefined],
  ];
  for (const [what, settings, apiKey] of changes) {
    test(`with ${what} it is another server of the same name, and the old one is closed`, async () => {
      await using one = await startModelServer();
      await using bench = start(at(one));
      const [before] = bench.servers.all;
      bench.servers.replace([at(one, settings, apiKey)]);
      assert.notEqual(bench.servers.all[0], before);
      assert.equal(await ask(bench.servers.pool), 'Hello, how can I help?');
      const key = one.chats[0]?.headers['authorization'];
      assert.equal(key, apiKey === undefined ? undefined : `Bearer ${apiKey}`);
      assert.deepEqual(bench.heard(), [`joined ${named(one)}`, `left ${named(one)}`]);
    });
  }

  test('what was removed is not told of any more, also where another of its name has joined', async () => {
    await using one = await startModelServer();
    await using two = await startModelServer();
    await using bench = start(at(one), at(two));
    const { servers } = bench;
    const [replaced, removed] = servers.all;
    servers.replace([at(one, { callsMax: 3 })]);
    const before = bench.heard();
    replaced?.breaker.open('stuck');
    removed?.breaker.open('stuck');
    assert.deepEqual(bench.heard(), before);
    servers.all[0]?.breaker.open('stuck');
    assert.deepEqual(bench.heard(), [...before, `breaker ${named(one)}`]);
  });

  test('what joins and is removed again before it answers its probe is told of as gone, and no more', async () => {
    await using one = await startModelServer();
    await using slow = await startModelServer({ probe: () => ({ steps: ['wait', 'reset'] }) });
    await using bench = start(at(one));
    bench.servers.replace([at(one), at(slow)]);
    const [, joined] = bench.servers.all;
    assert.ok(joined);
    while (!slow.requests.some(({ path }) => path === '/v1/chat/completions')) await new Promise(setImmediate);
    bench.servers.replace([at(one)]);
    await slow.close();
    await joined.stop();
    for (let turns = 0; turns < 10; turns += 1) await new Promise(setImmediate);
    assert.deepEqual(bench.heard(), [`joined ${named(slow)}`, `left ${named(slow)}`]);
  });

  test('what is told to drain gets nothing new, and gets calls again when it is told otherwise', async () => {
    await using one = await startModelServer({ reply: 'From one.' });
    await using two = await startModelServer({ reply: 'From two.' });
    await using bench = start(at(one), at(two));
    const { servers } = bench;
    const askFour = async (): Promise<ReadonlySet<string>> =>
      new Set(await Promise.all([1, 2, 3, 4].map(async () => await ask(servers.pool))));
    servers.replace([at(one, { isDraining: true }), at(two)]);
    assert.deepEqual(states(servers), ['draining', 'ok']);
    assert.deepEqual(await askFour(), new Set(['From two.']));
    servers.replace([at(one), at(two)]);
    assert.deepEqual(await askFour(), new Set(['From one.', 'From two.']));
  });

  test('a key that no header may carry changes nothing', async () => {
    await using one = await startModelServer();
    await using two = await startModelServer();
    await using bench = start(at(one));
    assert.throws(() => bench.servers.replace([at(two), at(one, {}, 'a key\nof two lines')]), { kind: 'config' });
    assert.deepEqual(
      bench.servers.report().map(({ server }) => server),
      [named(one)],
    );
    assert.deepEqual(bench.heard(), []);
  });

  test('each of them is told of when asked', async () => {
    await using one = await startModelServer();
    await using two = await startModelServer();
    await using bench = start(at(one), at(two, { isDraining: true }));
    bench.servers.announce();
    assert.deepEqual(bench.heard(), [`joined ${named(one)}`, `joined ${named(two)}`, `draining ${named(two)}`]);
  });
});

test('a call that has waited too long before a server is sent to no other either', async () => {
  await using one = await startModelServer();
  await using two = await startModelServer();
  await using bench = start(at(one, { callsMax: 1 }), at(two, { callsMax: 1 }));
  const held: Reply = { steps: ['wait', ...answer('Held.').steps] };
  one.enqueue(held);
  two.enqueue(held);
  const running = [ask(bench.servers.pool), ask(bench.servers.pool)];
  await Promise.all([one.chat(1), two.chat(1)]);
  const late = ask(bench.servers.pool);
  bench.advance(roomy.totalMs + 1);
  const refused = assert.rejects(late, { kind: 'busy', message: /waited 20001 ms for its turn/ });
  one.release();
  await refused;
  two.release();
  await Promise.all(running);
  assert.deepEqual([one.chats.length, two.chats.length], [1, 1]);
});
