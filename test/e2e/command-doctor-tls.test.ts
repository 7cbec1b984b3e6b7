import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startCommandBench } from '../support/command-bench.ts';
import { answer } from '../support/model-dialects.ts';
import { startTlsDoor } from '../support/tls-door.ts';

describe('doctor tells what lies between Sidenote and the model server apart:', () => {
  const addresses: readonly (readonly [string, string, boolean, RegExp])[] = [
    [
      'a certificate that nobody vouches for',
      'localhost',
      false,
      /FAIL  model server .* is not trusted\. Point NODE_EXTRA/,
    ],
    [
      'a certificate for another name',
      '127.0.0.1',
      true,
      /FAIL  model server .* is for another name\. Set LLM_BASE_URL/,
    ],
    [
      'a certificate that NODE_EXTRA_CA_CERTS vouches for',
      'localhost',
      true,
      /ok    model server .* serves test-model/,
    ],
  ];
  for (const [what, host, isTrusted, says] of addresses) {
    test(what, async (t) => {
      await using bench = await startCommandBench();
      await using door = await startTlsDoor(bench.modelServer.url);
      if (door === undefined) return t.skip('NOT TESTED: there is no openssl to make a certificate with.');

      const { output } = await bench.run(['doctor'], {
        LLM_BASE_URL: `https://${host}:${door.port}`,
        ...(isTrusted ? { NODE_EXTRA_CA_CERTS: door.certificatePath } : {}),
      });

      assert.match(output, says);
    });
  }

  test('https before a server without TLS', async () => {
    await using bench = await startCommandBench();
    const { host } = bench.modelServer.url;
    const { output } = await bench.run(['doctor'], { LLM_BASE_URL: `https://${host}` });
    assert.match(output, /FAIL  model server .* does not speak TLS\. Write http:\/\//);
  });

  test('a key that the server refuses', async () => {
    await using bench = await startCommandBench({
      modelServer: { probe: () => ({ ...answer(''), status: 401, steps: [{ raw: '{"error":"Unauthorized"}' }] }) },
    });
    const { output } = await bench.run(['doctor'], { LLM_API_KEY: 'wrong-key' });
    assert.match(output, /FAIL  model server .* refused our key .*Set LLM_API_KEY/);
    assert.doesNotMatch(output, /wrong-key/);
  });
});
