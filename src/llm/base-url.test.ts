import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseBaseUrl, serverRoot } from './base-url.ts';

describe('the address of the model server', () => {
  const accepted: readonly (readonly [string, string])[] = [
    ['http://gpu:8000', 'http://gpu:8000/v1'],
    ['http://gpu:8000/', 'http://gpu:8000/v1'],
    ['http://gpu:8000/v1', 'http://gpu:8000/v1'],
    ['http://gpu:8000/v1/', 'http://gpu:8000/v1'],
    ['http://gpu:8000/v1//', 'http://gpu:8000/v1'],
    ['  http://gpu:8000/v1  ', 'http://gpu:8000/v1'],
    ['http://gpu:8000/v1/chat/completions', 'http://gpu:8000/v1'],
    ['http://gpu:8000/v1/models/', 'http://gpu:8000/v1'],
    ['http://gpu:8000/chat/completions', 'http://gpu:8000/v1'],
    ['HTTPS://GPU.Example.com', 'https://gpu.example.com/v1'],
    ['https://gateway/llm', 'https://gateway/llm/v1'],
    ['https://gateway/llm/v1', 'https://gateway/llm/v1'],
    ['https://gateway/v1beta/openai/', 'https://gateway/v1beta/openai'],
    ['http://[::1]:11434', 'http://[::1]:11434/v1'],
  ];
  for (const [raw, href] of accepted) {
    test(`"${raw}" becomes ${href}, and stays so when read again`, () => {
      const once = parseBaseUrl(raw);
      assert.ok(once.ok);
      assert.equal(once.value.href, href);
      const twice = parseBaseUrl(once.value.href);
      assert.ok(twice.ok);
      assert.equal(twice.value.href, href);
    });
  }

  const refused: readonly (readonly [string, RegExp])[] = [
    ['', /is empty\. Set LLM_BASE_URL/],
    ['   ', /is empty/],
    ['gpu:8000', /must start with http/],
    ['ftp://gpu', /must start with http/],
    ['http://', /must start with http/],
    ['http:gpu', /must start with http/],
    ['https://me:hunter2@gpu', /LLM_API_KEY/],
    ['https://gpu/v1?key=hunter2', /without "\?"/],
    ['https://gpu/v1#top', /without "\?"/],
  ];
  for (const [raw, reason] of refused) {
    test(`"${raw}" is refused with what to do`, () => {
      const result = parseBaseUrl(raw);
      assert.ok(!result.ok);
      assert.match(result.reason, reason);
      assert.doesNotMatch(result.reason, /hunter2/);
    });
  }
});

describe('the root of a server', () => {
  for (const [address, root] of [
    ['http://gpu:8000/v1', 'http://gpu:8000/'],
    ['http://gpu/ollama/v1', 'http://gpu/ollama'],
    ['https://gpu/v1beta', 'https://gpu/'],
    ['https://gpu/v1beta/openai', 'https://gpu/v1beta/openai'],
  ] as const) {
    test(`of ${address} is ${root}`, () => {
      assert.equal(serverRoot(new URL(address)).href, root);
    });
  }
});
