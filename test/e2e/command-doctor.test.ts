import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startCommandBench } from '../support/command-bench.ts';

/** The findings by name: `ok` or `FAIL`, and what is said. */
const findings = (output: string): ReadonlyMap<string, readonly [string, string]> =>
  new Map(
    [...output.matchAll(/^(ok|FAIL) +(\S+(?: \S+)*) {2,}(.+)$/gm)].map(([, verdict = '', name = '', says = '']) => [
      name,
      [verdict, says],
    ]),
  );

const failed = (output: string): readonly string[] =>
  [...findings(output)].flatMap(([name, [verdict]]) => (verdict === 'FAIL' ? [name] : []));

describe('doctor', () => {
  test('finds all well, says what it found, and changes nothing', async () => {
    await using bench = await startCommandBench();

    const { code, output } = await bench.run(['doctor']);

    assert.equal(code, 0, output);
    assert.deepEqual(
      [...findings(output).keys()],
      ['settings', 'database', 'Intercom token', 'Intercom scopes', 'Intercom teammate', 'model server'],
    );
    assert.deepEqual(failed(output), []);
    const policyPath = join(bench.folder, 'sidenote.yaml');
    assert.equal(
      findings(output).get('settings')?.[1],
      `complete; mode note; there is no ${policyPath}, so the defaults hold`,
    );
    assert.match(findings(output).get('Intercom token')?.[1] ?? '', /lumen123/);
    assert.match(findings(output).get('Intercom teammate')?.[1] ?? '', /AI draft \(7100001\)/);
    assert.match(findings(output).get('model server')?.[1] ?? '', /test-model, context window 32768 tokens/);
    assert.ok(bench.simulator.requests.every(({ method }) => method === 'GET'));
    assert.equal(existsSync(join(bench.folder, 'data')), false);
  });

  test('names the teammate of INTERCOM_ADMIN_ID', async () => {
    await using bench = await startCommandBench();

    const { code, output } = await bench.run(['doctor'], { INTERCOM_ADMIN_ID: '7100003' });

    assert.equal(code, 0, output);
    assert.match(findings(output).get('Intercom teammate')?.[1] ?? '', /Tomás Quill \(7100003\)/);
  });

  test('looks at a database that is in use', async () => {
    await using bench = await startCommandBench();
    await bench.serve();

    const { code, output } = await bench.run(['doctor']);

    assert.equal(code, 0, output);
    assert.match(findings(output).get('database')?.[1] ?? '', /0 turns waiting, 0 under work/);
  });

  const cases = [
    {
      what: 'a wrong token',
      changes: { INTERCOM_TOKEN: 'wrong' },
      fails: ['Intercom token', 'Intercom scopes', 'Intercom teammate'],
      says: /Intercom refused the access token .*set INTERCOM_TOKEN/,
    },
    {
      what: 'a teammate that the workspace does not have',
      changes: { INTERCOM_ADMIN_ID: '1' },
      fails: ['Intercom teammate'],
      says: /INTERCOM_ADMIN_ID/,
    },
    {
      what: 'an address where Intercom is not',
      changes: { INTERCOM_API_URL: 'http://127.0.0.1:9' },
      fails: ['Intercom token', 'Intercom scopes', 'Intercom teammate'],
      says: /Intercom did not answer .*127\.0\.0\.1:9.*check INTERCOM_API_URL/,
    },
    {
      what: 'a model that is not served',
      changes: { LLM_MODEL: 'other-model' },
      fails: ['model server'],
      says: /does not serve LLM_MODEL other-model; it serves test-model/,
    },
    {
      what: 'a model server that is not there',
      changes: { LLM_BASE_URL: 'http://127.0.0.1:9/v1' },
      fails: ['model server'],
      says: /No answer from the model server 127\.0\.0\.1:9 .*nothing listens there/,
    },
    {
      what: 'a database that is away',
      changes: { DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:9/x' },
      fails: ['database'],
      says: /PostgreSQL can't work now: .+\. Check that it runs, and that its address is right\./,
    },
  ] as const;
  for (const { what, changes, fails, says } of cases) {
    test(`finds ${what}, and goes on to the end`, async () => {
      await using bench = await startCommandBench();

      const { code, output } = await bench.run(['doctor'], changes);

      assert.equal(code, 1);
      assert.deepEqual(failed(output), fails);
      assert.equal(findings(output).size, 6);
      assert.match(findings(output).get(fails[0])?.[1] ?? '', says);
      assert.match(output, new RegExp(`${fails.length} finding\\(s\\) need you`));
      assert.doesNotMatch(output, /hunter2/);
    });
  }

  test('asks for LLM_MODEL where several models are served', async () => {
    await using bench = await startCommandBench({ modelServer: { models: ['small', 'large'] } });

    const { code, output } = await bench.run(['doctor']);
    const chosen = await bench.run(['doctor'], { LLM_MODEL: 'large' });

    assert.equal(code, 1);
    assert.match(findings(output).get('model server')?.[1] ?? '', /serves small, large: set LLM_MODEL/);
    assert.equal(chosen.code, 0, chosen.output);
  });

  test('says which server of sidenote.yaml is draining', async () => {
    await using bench = await startCommandBench();
    const url = bench.modelServer.url.href;
    const yaml = `models:\n  - url: ${url}\n  - url: ${url}\n    drain: true\n`;
    await writeFile(join(bench.folder, 'sidenote.yaml'), yaml);

    const { code, output } = await bench.run(['doctor']);

    assert.equal(code, 0, output);
    assert.match(output, /model server 2 [^]*\n +draining: it finishes what it has and gets nothing new\n/);
    assert.equal(output.match(/draining/g)?.length, 1);
  });

  test('finds a missing scope', async () => {
    await using bench = await startCommandBench();
    bench.simulator.faults.add({ path: '^/conversations', times: Infinity, effect: { kind: 'scope-missing' } });

    const { code, output } = await bench.run(['doctor']);

    assert.equal(code, 1);
    assert.deepEqual(failed(output), ['Intercom scopes']);
    assert.match(findings(output).get('Intercom scopes')?.[1] ?? '', /docs\/set-up\.md/);
  });
});
