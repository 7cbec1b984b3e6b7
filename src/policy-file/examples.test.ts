import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parsePolicyFile } from './policy-file.ts';

/** The YAML of a page of docs/, each with its place. */
function examplesOf(page: string): readonly string[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) => yaml);
}

for (const page of ['policy.md', 'safety.md', 'set-up.md']) {
  test(`every YAML example of docs/${page} can be read as a sidenote.yaml`, () => {
    const examples = examplesOf(page);
    assert.ok(examples.length > 0);
    for (const yaml of examples) {
      const parsed = parsePolicyFile(yaml, page);
      assert.ok(parsed.ok, parsed.ok ? '' : parsed.reason.join('\n'));
    }
  });
}
