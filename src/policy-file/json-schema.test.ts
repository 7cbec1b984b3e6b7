import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { knownKeys, policyJsonSchema } from './json-schema.ts';

test('the published JSON Schema is that of this version ("npm run schema" writes it anew)', () => {
  const published: unknown = JSON.parse(
    readFileSync(new URL('../../docs/sidenote.schema.json', import.meta.url), 'utf8'),
  );
  assert.deepEqual(published, JSON.parse(JSON.stringify(policyJsonSchema())));
});

test('knownKeys names the settings at a place, of alternatives all', () => {
  assert.ok(knownKeys([]).includes('rules'));
  assert.ok(knownKeys(['rules', 0, 'when']).includes('channel'));
  assert.ok(knownKeys(['knowledge', 'sources', 3]).includes('path'));
  assert.deepEqual(knownKeys(['mode']), []);
  assert.deepEqual(knownKeys(['nothing', 7]), []);
});
