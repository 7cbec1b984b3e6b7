import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CommandBench, noteIn, startCommandBench } from '../support/command-bench.ts';
import { answer, type Reply } from '../support/model-dialects.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';

type Readiness = {
  readonly policy: { readonly state: string; readonly problems?: readonly string[] };
  readonly modelServers: readonly { readonly server: string; readonly state: string }[];
};

/** A running `serve` whose sidenote.yaml a test writes anew. */
async function serveWith(bench: CommandBench, models: string) {
  const write = async (yaml: string): Promise<void> => await writeFile(join(bench.folder, 'sidenote.yaml'), yaml);
  await write(models);
  const command = await bench.serve();
  const { url } = command;
  /** `/readyz`, once it says what is waited for: the file is looked at by the real clock. */
  const until = async (isThere: (readiness: Readiness) => boolean): Promise<Readiness> => {
    for (;;) {
      const readiness = (await (await fetch(new URL('/readyz', url))).json()) as Readiness;
      if (isThere(readiness)) return readiness;
    }
  };
  const metrics = async (): Promise<string> => await (await fetch(new URL('/metrics', url))).text();
  const printed = async (words: RegExp) => await command.printed(words);
  return { write, until, printed, metrics };
}

const ask = ({ simulator }: CommandBench): string =>
  simulator.contactWrites({ html: '<p>Where is my parcel?</p>' }).conversationId;

const list = (...servers: readonly string[]): string => `models:\n${servers.map((one) => `  - ${one}\n`).join('')}`;
const entry = ({ url }: ModelServer, more = ''): string => `{ url: "${url.href}"${more} }`;

const held: Reply = { steps: ['wait', ...answer('It was held.').steps] };

describe('sidenote.yaml, changed while Sidenote runs', () => {
  test('lets a removed model server finish its draft, and gives all new ones to the server in its place', async () => {
    await using old = await startModelServer({ script: [held] });
    await using young = await startModelServer({ reply: 'From the new one.' });
    await using bench = await startCommandBench();
    const serve = await serveWith(bench, list(entry(old)));
    const first = ask(bench);
    await (
      await old.chat(1)
    ).held;

    await serve.write(list(entry(young)));
    const changed = await serve.until(({ modelServers }) => modelServers.length === 2);
    const second = ask(bench);
    const note = await noteIn(bench.simulator, second);
    old.release();
    const firstNote = await noteIn(bench.simulator, first);

    assert.deepEqual(
      changed.modelServers.map(({ server, state }) => [server, state]),
      [
        [young.url.host, 'ok'],
        [old.url.host, 'draining'],
      ],
    );
    assert.match(note, /From the new one\./);
    assert.match(firstNote, /It was held\./);
    await serve.until(({ modelServers }) => modelServers.length === 1);
    assert.deepEqual([old.chats.length, bench.modelServer.requests.length], [1, 0]);
    const gauges = (await serve.metrics()).match(/^sidenote_model_server_paused.*$/gm);
    assert.deepEqual(gauges, [`sidenote_model_server_paused{server="${young.url.host}"} 0`]);
  });

  test('keeps turns waiting while the only server drains, and drafts when it may be used again', async () => {
    await using server = await startModelServer();
    await using bench = await startCommandBench();
    const serve = await serveWith(bench, list(entry(server)));
    await serve.write(list(entry(server, ', drain: true')));
    await serve.until(({ modelServers: [only] }) => only?.state === 'draining');
    const conversationId = ask(bench);
    await bench.simulator.webhooks.idle();
    await serve.until(() => true);
    assert.deepEqual([server.chats.length, bench.simulator.notes(conversationId).length], [0, 0]);

    await serve.write(list(entry(server)));
    assert.match(await noteIn(bench.simulator, conversationId), /Hello, how can I help\?/);
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['a wrong address', '{ url: "gpu-2:8000" }', /"models\.0\.url" is wrong/],
    ['no server that drafts', '{ url: "http://127.0.0.1:1", roles: [rerank], model: m }', /has the role draft/],
    [
      'another embedding model',
      '{ url: "http://127.0.0.1:1", roles: [draft, embed], model: m }',
      /start Sidenote anew/,
    ],
  ];
  for (const [what, line, sentence] of refused) {
    test(`with ${what} keeps the servers that it had, and says why`, async () => {
      await using server = await startModelServer();
      await using bench = await startCommandBench();
      const serve = await serveWith(bench, list(entry(server)));
      await serve.write(list(line));

      const { policy, modelServers } = await serve.until((readiness) => readiness.policy.state === 'refused');
      await serve.printed(/can’t be used: what was read before stays in force/);
      const note = await noteIn(bench.simulator, ask(bench));

      assert.equal(policy.problems?.length, 1);
      assert.match(policy.problems?.[0] ?? '', sentence);
      assert.deepEqual(
        modelServers.map(({ server: name, state }) => [name, state]),
        [[server.url.host, 'ok']],
      );
      assert.match(note, /Hello/);
    });
  }
});
