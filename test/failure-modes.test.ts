import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { missingAmong, readPage, testsNamedIn } from './support/named-tests.ts';

const sections = readPage('docs/failure-modes.md').split(/^## /m).slice(1);
const titleOf = (section: string): string => section.slice(0, section.indexOf('\n'));

describe('docs/failure-modes.md', () => {
  test('names a test for every failure, and each stands in the file it names', () => {
    const without = sections.filter((section) => testsNamedIn(section).length === 0);
    assert.deepEqual(without.map(titleOf), []);
    assert.deepEqual(missingAmong(sections.flatMap(testsNamedIn)), []);
  });

  test('has a heading for whatever a neighbour or the operator may do to Sidenote', () => {
    const titles = sections.map(titleOf).join('\n');
    for (const failure of [
      /killed/,
      /stopped/,
      /database is away, locked or full/,
      /newer version/,
      /restored from a backup, or moved/,
      /webhook is repeated, late, or out of order/,
      /webhook never came/,
      /wrong signature/,
      /Too much/,
      /limits us \(429\)/,
      /Intercom is away, slow or answers nonsense/,
      /back after hours/,
      /refuses the token/,
      /deleted/,
      /merged/,
      /model server is away/,
      /model server hangs/,
      /knowledge source is away, or a file of it is broken/,
      /Two instances/,
    ]) {
      assert.match(titles, failure);
    }
  });

  test('quotes log lines that the code has', () => {
    const code = readPage('src/events.ts') + readPage('src/cli/serve.ts');
    for (const line of [
      'turn claimed',
      'turn ended',
      'attempt failed',
      'webhook answered',
      'work waits for a neighbour',
      'a neighbour answers',
      'the database is away',
      'the sweep found messages whose webhook never came',
      'source synced',
      'outbound connection refused: the host is not configured',
    ]) {
      assert.ok(readPage('docs/failure-modes.md').includes(`\`${line}\``), `the page does not quote "${line}"`);
      assert.ok(code.includes(`'${line}'`), `nobody logs "${line}"`);
    }
  });
});
