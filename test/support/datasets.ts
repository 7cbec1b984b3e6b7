import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const datasetsFolder = join(import.meta.dirname, '../../../shared/datasets');

/**
 * The lines of a data set, parsed; `path` such as `email/replies.jsonl`. The sets are not part of the project:
 * where they are absent the test is skipped, says which folder is missing, and gets `undefined`.
 */
export function readDataset(t: TestContext, path: string): readonly unknown[] | undefined {
  const file = join(datasetsFolder, path);
  if (!existsSync(file)) {
    const message = `NOT MEASURED: ${path} is missing. Put the data sets into ${datasetsFolder} and run this test again.`;
    t.diagnostic(message);
    t.skip(message);
    return undefined;
  }
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}
