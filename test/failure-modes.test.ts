import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
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

  test('says what the operator sees and what to do, for every failure', () => {
    const told = sections.filter((section) => !section.startsWith('What each error'));
    assert.deepEqual(told.filter((section) => !section.includes('**You see**')).map(titleOf), []);
    assert.deepEqual(told.filter((section) => !section.includes('**Do**')).map(titleOf), []);
  });

  test('quotes log lines, metrics, states and sentences that the code has', () => {
    const code = sourceText();
    const quoted = sections.flatMap((section) => seenIn(section).map((quote) => ({ title: titleOf(section), quote })));
    assert.ok(quoted.length > 40);
    assert.deepEqual(
      quoted.filter(({ quote }) => !code.includes(quote)),
      [],
    );
  });
});

/** What stands in quotes or as code after "You see", up to "Do"; a part with an ellipsis is two. */
function seenIn(section: string): readonly string[] {
  const seen = section.matchAll(/\*\*You see\*\*(?<text>.*?)(?=\*\*Do\*\*|\n\n|$)/gs);
  return [...seen].flatMap(({ groups }) => {
    const quotes = (groups?.['text'] ?? '').matchAll(/`(?<code>[^`]+)`|"(?<said>[^"]+)"/g);
    return [...quotes].flatMap(({ groups: quote }) => {
      const text = (quote?.['code'] ?? quote?.['said'] ?? '').replaceAll(/\s+/g, ' ');
      if (/^sidenote turns|^LOG_LEVEL=/.test(text)) return []; // a command or a setting
      return text.split('…').map((piece) => piece.trim());
    });
  });
}

/** All code of the product. */
function sourceText(): string {
  const folder = new URL('../src/', import.meta.url);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return files.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
}
