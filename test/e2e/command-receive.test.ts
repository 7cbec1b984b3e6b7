import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CommandBench, startCommandBench } from '../support/command-bench.ts';
import { askedOf, lastMessageOf } from '../support/prompt.ts';

const saved = (name: string): string => join(import.meta.dirname, '../../simulator/notifications', `${name}.json`);

/** The workspace that the saved notifications speak of. */
const seeded = { simulator: { seed: true }, modelServer: { reply: 'You can **patch** it.' } };

/** A source that needs no Intercom: one article in a folder. */
async function readArticle(bench: CommandBench): Promise<void> {
  mkdirSync(join(bench.folder, 'articles'));
  writeFileSync(
    join(bench.folder, 'articles/patches.md'),
    '# Patches\n\nA patch on a small hole cures for 12 hours.\n',
  );
  const source = '{ type: folder, name: articles, path: articles, audience: public }';
  writeFileSync(join(bench.folder, 'sidenote.yaml'), `knowledge:\n  sources: [${source}]\n`);
  const { code, output } = await bench.run(['sync']);
  assert.equal(code, 0, output);
}

/** Answers each question of a turn with sources. */
const grounded = (body: unknown): string => {
  const asked = lastMessageOf(body);
  if (asked.includes('judge whether')) return '{"choice":"yes"}';
  return asked.includes('check each sentence') ? '{"1":"supported"}' : 'It cures for 12 hours. [S1]';
};

describe('receive', () => {
  test('searches what the sources have given so far', async () => {
    await using bench = await startCommandBench({ ...seeded, modelServer: { reply: grounded } });
    await readArticle(bench);

    const { code, output } = await bench.run(['receive', saved('user-replied')]);

    assert.equal(code, 0, output);
    const stages = output.split('\n').flatMap((line) => /^[a-z]+(?= {2,})/.exec(line)?.[0] ?? []);
    assert.deepEqual(stages.slice(2, 7), ['gather', 'retrieve', 'judge', 'draft', 'verify']);
    assert.match(output, /nothing was posted:\n<p>It cures for 12 hours\.<\/p>[^]*Sources[^]*Patches[^]*Green/);
    assert.ok(bench.simulator.requests.every(({ method }) => method === 'GET'));
  });

  for (const [name, asked] of [
    ['user-created', /carbon paddle/],
    ['user-replied', /small hole/],
  ] as const) {
    test(`takes ${name}.json through every stage, prints each, and posts nothing`, async () => {
      await using bench = await startCommandBench(seeded);

      const { code, output } = await bench.run(['receive', saved(name)]);

      assert.equal(code, 0, output);
      const stages = output.split('\n').flatMap((line) => /^[a-z]+(?= {2,})/.exec(line)?.[0] ?? []);
      assert.deepEqual(stages.slice(0, 4), ['receive', 'schedule', 'gather', 'draft']);
      assert.match(output, /would post this note; nothing was posted:\n<p>You can <b>patch<\/b> it\.<\/p>/);
      assert.match(askedOf(bench.modelServer.chats[0]?.body), asked);
      assert.ok(bench.simulator.requests.every(({ method }) => method === 'GET'));
      assert.equal(existsSync(join(bench.folder, 'data')), false);
    });
  }

  for (const [name, says] of [
    ['ping', /^receive +ignored: the topic ping has no effect here$/m],
    ['admin-noted', /^receive +ignored: the topic conversation\.admin\.noted has no effect here$/m],
  ] as const) {
    test(`says why ${name}.json has no effect, and needs no settings for it`, async () => {
      await using bench = await startCommandBench(seeded);

      const { code, output } = await bench.run(['receive', saved(name)], { INTERCOM_TOKEN: '', LLM_BASE_URL: '' });

      assert.equal(code, 0, output);
      assert.match(output, says);
      assert.deepEqual(bench.simulator.requests, []);
    });
  }

  test('says what the policy decides', async () => {
    await using bench = await startCommandBench(seeded);
    writeFileSync(join(bench.folder, 'sidenote.yaml'), 'tags:\n  only: [pilot]\n');

    const { code, output } = await bench.run(['receive', saved('user-replied')]);

    assert.equal(code, 0, output);
    assert.match(output, /^turn +skipped: the conversation has none of the tags that tags\.only lists: pilot$/m);
    assert.deepEqual(bench.modelServer.chats, []);
  });

  test('says what went wrong, with exit code 1', async () => {
    await using bench = await startCommandBench(seeded);
    await bench.modelServer.close();

    const { code, output } = await bench.run(['receive', saved('user-replied')]);

    assert.equal(code, 1);
    assert.match(output, /^turn +failed \(outage\): No answer from the model server/m);
  });

  test('refuses a file that is no notification, with exit code 1', async () => {
    await using bench = await startCommandBench(seeded);
    writeFileSync(join(bench.folder, 'other.json'), '{"type":"other"}');

    const { code, output } = await bench.run(['receive', 'other.json']);

    assert.equal(code, 1);
    assert.match(output, /^receive +invalid: The body is not an Intercom notification/m);
  });
});

describe('draft', () => {
  test('prints the prompt and the draft, and speaks to nobody but the model server', async () => {
    await using bench = await startCommandBench({ modelServer: { reply: 'It comes tomorrow.' } });
    writeFileSync(join(bench.folder, 'sidenote.yaml'), 'instructions: Sign as Lumen.\n');

    const { code, output } = await bench.run(['draft', 'Where is my parcel?'], { INTERCOM_TOKEN: '' });

    assert.equal(code, 0, output);
    assert.match(output, /^--- system\n[^]*Sign as Lumen\.\n\n--- user\nWhere is my parcel\?/m);
    assert.match(output, /--- draft by test-model\nIt comes tomorrow\.\n$/);
    assert.deepEqual(bench.simulator.requests, []);
  });

  test('stands on what the sources have given so far, and says what was found and how sure it is', async () => {
    await using bench = await startCommandBench({ modelServer: { reply: grounded } });
    await readArticle(bench);

    const { code, output } = await bench.run(['draft', 'How long does a patch on a hole cure?'], {
      INTERCOM_TOKEN: '',
    });

    assert.equal(code, 0, output);
    assert.match(output, /^--- found\nS1 +\d+\.\d\d  Patches\n/m);
    assert.match(output, /--- draft by test-model\nIt cures for 12 hours\. \[S1\]\n--- green: The sources answer/);
  });

  test('says that the sources have not been read yet', async () => {
    await using bench = await startCommandBench({ modelServer: { reply: 'It comes tomorrow.' } });
    const source = '{ type: folder, name: articles, path: articles, audience: public }';
    writeFileSync(join(bench.folder, 'sidenote.yaml'), `knowledge:\n  sources: [${source}]\n`);

    const { code, output } = await bench.run(['draft', 'Where is my parcel?'], { INTERCOM_TOKEN: '' });

    assert.equal(code, 0, output);
    assert.match(output, /The sources have not been read yet/);
    assert.match(output, /It comes tomorrow/);
    assert.equal(existsSync(join(bench.folder, 'data')), false);
  });

  test('says what is wrong with the model server, with exit code 1', async () => {
    await using bench = await startCommandBench();

    const { code, output } = await bench.run(['draft', 'Hello'], { LLM_BASE_URL: 'http://127.0.0.1:9/v1' });

    assert.equal(code, 1);
    assert.match(output, /^No answer from the model server [^\n]*\n$/);
  });
});
