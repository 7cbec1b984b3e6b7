import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { errorAnswer } from '../../test/support/model-refusals.ts';
import { chatDialects } from '../../test/support/model-wire.ts';
import type { RefusalKind } from '../../test/support/model-refusals.ts';
import { bodyError, connectionError, quote, refusalError } from './errors.ts';
import type { ModelErrorKind } from './model.ts';
import { parseRefusal } from './refusal.ts';

const context = { host: 'gpu:8000', promptTexts: ['You help.', 'Hello, my card ends in 4242, is it blocked?'] };

describe('the kind of a refusal', () => {
  const kinds: Readonly<Record<RefusalKind, ModelErrorKind>> = {
    'too-long': 'too-long',
    unauthorized: 'config',
    'unknown-model': 'config',
    busy: 'busy',
    loading: 'loading',
    engine: 'engine',
  };
  for (const dialect of chatDialects) {
    for (const kind of ['too-long', 'unauthorized', 'unknown-model', 'busy', 'loading', 'engine'] as const) {
      test(`${dialect} says "${kind}"`, () => {
        const { status, body } = errorAnswer(dialect, kind);
        const error = refusalError(context, parseRefusal(JSON.stringify(body), { status }));
        assert.equal(error.kind, kinds[kind]);
        assert.equal(error.status, status);
        assert.match(error.message, new RegExp(`^The model server gpu:8000 .*\\(${status}: ".+"\\).*\\.$`));
      });
    }
  }

  const texts: readonly (readonly [string, number, ModelErrorKind])[] = [
    ["This model's maximum context length is 4096 tokens. However, you requested 5000.", 400, 'too-long'],
    ['max_tokens=9000 cannot be greater than max_model_len=8192', 400, 'too-long'],
    ["Requested token count exceeds the model's maximum context length of 8192 tokens.", 400, 'too-long'],
    ['litellm.ContextWindowExceededError: context_length_exceeded', 400, 'too-long'],
    ['Conversation roles must alternate user/assistant/user/assistant/...', 400, 'config'],
    ['Request Entity Too Large', 413, 'too-long'],
    ['field required', 422, 'config'],
    ['input (596 tokens) is too large to process. increase the physical batch size', 500, 'too-long'],
    ['the input length exceeds the context length', 400, 'too-long'],
    ['slow down', 429, 'busy'],
    ['Bad Gateway', 502, 'engine'],
    ['Gateway Timeout', 504, 'engine'],
    ['forbidden', 403, 'config'],
    ['moved', 301, 'config'],
  ];
  for (const [words, status, kind] of texts) {
    test(`${status} "${words}" is ${kind}`, () => {
      assert.equal(refusalError(context, parseRefusal(words, { status })).kind, kind);
    });
  }
});

describe('the remedy for an engine that failed', () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ['CUDA out of memory. Tried to allocate 2.00 GiB.', /smaller context window/],
    ['model requires more system memory (8.4 GiB) than is available (6.1 GiB)', /smaller model/],
    ['CUDA error: an illegal memory access was encountered', /only a restart helps/],
    ['EngineCore encountered an issue. See stack trace above for the root cause.', /engine has died/],
    ['llama runner process has terminated: exit status 2', /engine has died/],
    ['no user query found in messages', /chat template/],
    ['Internal Server Error', /Look at the log/],
  ];
  for (const [words, remedy] of table) {
    test(`${JSON.stringify(words)} says what helps`, () => {
      const error = refusalError(context, parseRefusal(words, { status: 500 }));
      assert.equal(error.kind, 'engine');
      assert.match(error.message, remedy);
    });
  }
});

describe('the kind of a lost connection', () => {
  const coded = (code: string): Error => Object.assign(new Error('secret words'), { code });
  const table: readonly (readonly [string, RegExp])[] = [
    ['ECONNREFUSED', /nothing listens there/],
    ['ENOTFOUND', /cannot be resolved/],
    ['UND_ERR_CONNECT_TIMEOUT', /no connection could be made/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /NODE_EXTRA_CA_CERTS/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /does not speak TLS/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /for another name/],
    ['CERT_HAS_EXPIRED', /Renew it/],
    ['HPE_INVALID_CONSTANT', /does not speak HTTP/],
    ['UND_ERR_SOCKET', /closed before it answered/],
  ];
  for (const [code, words] of table) {
    test(`${code} says what to do`, () => {
      const error = connectionError(context, coded(code));
      assert.equal(error.kind, 'unreachable');
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /secret/);
    });
  }

  test('in the middle of an answer it is a broken stream', () => {
    const error = bodyError(context, coded('ECONNRESET'));
    assert.equal(error.kind, 'broken-stream');
    assert.match(error.message, /ECONNRESET/);
  });

  test('something that is no error at all still becomes a ModelError', () => {
    assert.equal(connectionError(context, 'odd').kind, 'unreachable');
  });
});

describe("the server's own words", () => {
  test('are put on one line and cut at 300 characters', () => {
    assert.equal(quote('a\n\tb', []), ': "a b"');
    assert.equal(quote('', []), '');
    assert.equal(quote('x'.repeat(400), []).length, ': ""'.length + 300);
  });

  test('are left out where they repeat the prompt', () => {
    const words = "1 validation error: {'input': {'messages': [{'content': 'Hello, my card ends in 4242'}]}}";
    assert.match(quote(words, context.promptTexts), /left out/);
    assert.match(quote('bad: Is it 42?', ['Is it 42?']), /left out/);
  });

  test('never carry sixteen characters of the prompt in a row', () => {
    const prompt = fc.string({ minLength: 16, maxLength: 60 }).map((text) => text.replaceAll(/\s+/g, ' ').trim());
    fc.assert(
      fc.property(prompt, fc.string(), fc.string(), fc.nat(40), (text, before, after, from) => {
        const piece = text.slice(from, from + 20);
        fc.pre(piece.length >= 16);
        assert.ok(!quote(before + piece + after, [text]).includes(piece));
      }),
    );
  });
});
