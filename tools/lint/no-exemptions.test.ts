import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';

const root = path.join(import.meta.dirname, '..', '..');

it('no file of the product or the simulator switches a rule or the compiler off', () => {
  const files = globSync('{src,simulator}/**/*.{js,ts}', { cwd: root });
  const exempt = files.filter((file) =>
    /(?:ox|es)lint-disable|@ts-(?:ignore|nocheck|expect-error)|(?:prettier|oxfmt)-ignore/.test(
      readFileSync(path.join(root, file), 'utf8'),
    ),
  );

  assert.ok(files.length > 0, 'found no files to look at');
  assert.deepEqual(exempt, []);
});
