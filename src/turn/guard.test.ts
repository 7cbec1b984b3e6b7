import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfig } from '../config.ts';
import { parseConversationId } from '../domain/ids.ts';
import { createGuard } from './guard.ts';

const settings = {
  INTERCOM_TOKEN: 'token-of-intercom',
  INTERCOM_CLIENT_SECRET: 'client-secret-one,client-secret-two',
  LLM_BASE_URL: 'http://127.0.0.1:8000/v1',
  LLM_API_KEY: 'key-of-the-model',
  DATABASE_URL: 'postgres://sidenote:pass%20word%21@db.example/sidenote',
  CONTROL_TOKEN: 'token-of-control',
};
const { secrets } = parseConfig(settings, { intercom: true, model: true });
const key = new Uint8Array([1, 2, 3]);
const modelKeys = (): readonly string[] => [...secrets.modelKeys.values()];
const [one, other] = [parseConversationId('1'), parseConversationId('2')];

describe('the guard of drafts', () => {
  test('knows every secret of the settings', () => {
    assert.deepEqual(createGuard(secrets, modelKeys, key).secrets().toSorted(), [
      'client-secret-one',
      'client-secret-two',
      'key-of-the-model',
      'pass word!',
      'token-of-control',
      'token-of-intercom',
    ]);
  });

  test('gives each conversation a mark of its own, always the same one', () => {
    const guard = createGuard(secrets, modelKeys, key);
    assert.match(guard.promptMarkOf(one), /^[\da-f]{20}$/);
    assert.equal(guard.promptMarkOf(one), guard.promptMarkOf(one));
    assert.notEqual(guard.promptMarkOf(one), guard.promptMarkOf(other));
    assert.notEqual(guard.promptMarkOf(one), createGuard(secrets, modelKeys, new Uint8Array([4])).promptMarkOf(one));
  });
});
