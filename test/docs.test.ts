import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { startCommandBench } from './support/command-bench.ts';
import { readPage } from './support/named-tests.ts';

const root = join(import.meta.dirname, '..');
const pages = globSync(['*.md', 'docs/**/*.md', 'bench/*.md', 'evals/*.md'], { cwd: root });
const operators = ['docs/set-up.md', 'docs/operating.md'].map(readPage).join('\n');

const withoutCode = (page: string): string =>
  page.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').replaceAll(/`[^`\n]*`/g, '`');

/** The anchors that a page's headings get where it is shown: small letters, no punctuation, hyphens. */
const anchorsOf = (page: string): ReadonlySet<string> =>
  new Set(
    [...page.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

/** Why a relative link of a page leads nowhere; undefined when it leads somewhere. */
function whyBroken(path: string, target: string): string | undefined {
  const [file = '', anchor] = target.split('#');
  const to = file === '' ? path : join(dirname(path), file);
  if (!existsSync(join(root, to))) return `${path}: there is no ${to}`;
  if (anchor === undefined || !to.endsWith('.md')) return undefined;
  return anchorsOf(readPage(to)).has(anchor) ? undefined : `${path}: ${to} has no heading #${anchor}`;
}

/** The words of `names` that stand nowhere in `text` as a word of its own. */
const absentFrom = (text: string, names: readonly string[]): readonly string[] =>
  names.filter((name) => !new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text));

describe('the pages', () => {
  test('link only to files and headings that are there', () => {
    assert.ok(pages.includes('README.md') && pages.includes(join('docs', 'set-up.md')));
    const links = pages.flatMap((path) =>
      [...withoutCode(readPage(path)).matchAll(/\]\((?<target>[^)\s]+)\)/g)].map(({ groups }) => ({
        path,
        target: groups?.['target'] ?? '',
      })),
    );
    const relative = links.filter(({ target }) => !/^[a-z]+:/.test(target));
    assert.ok(relative.length > 50, 'hardly a link was found: is the search for them right?');
    assert.deepEqual(
      relative.flatMap(({ path, target }) => whyBroken(path, target) ?? []),
      [],
    );
  });

  test('tell operators of every setting of the environment', () => {
    const names = [...readPage('src/config.ts').matchAll(/(?:reader\.\w+\(\s*|keyFrom: )'([A-Z_]+)'/g)].map(
      ([, name = '']) => name,
    );
    assert.ok(names.includes('INTERCOM_TOKEN') && names.includes('QUIET_PERIOD_MS'));
    assert.deepEqual(absentFrom(operators, names), []);
  });

  test('tell operators of every command', async () => {
    await using bench = await startCommandBench();
    const { output } = await bench.run(['--help']);
    const names = [...output.matchAll(/^ {2}([a-z]+) +\S/gm)].map(([, name = '']) => name);
    assert.ok(names.includes('serve'));
    const rows = operators.split('\n').filter((line) => line.startsWith('| `'));
    assert.deepEqual(
      names.filter((name) => !rows.some((row) => new RegExp(`^\\| \`${name}\\b`).test(row))),
      [],
    );
  });

  test('tell operators of every metric', () => {
    const metrics = globSync('src/**/*.ts', { cwd: root }).flatMap((path) =>
      [...readPage(path).matchAll(/'(sidenote_[a-z_]+)'/g)].map(([, name = '']) => name),
    );
    assert.ok(metrics.includes('sidenote_webhooks_total'));
    assert.deepEqual(absentFrom(`${operators}${readPage('docs/model-servers.md')}`, metrics), []);
  });

  test('name the page of every section of sidenote.yaml', () => {
    const { properties } = z
      .object({ properties: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse(readPage('docs/sidenote.schema.json')));
    const names = Object.keys(properties);
    assert.ok(names.includes('rules'));
    const rows = readPage('docs/policy.md').split('\n');
    assert.deepEqual(
      names.filter((name) => !rows.some((row) => row.startsWith(`| \`${name}\` |`))),
      [],
    );
  });

  test('name every folder and file directly under src/ in the code map', () => {
    const names = readdirSync(join(root, 'src')).filter((name) => !name.endsWith('.test.ts'));
    const shown = names.map((name) =>
      statSync(join(root, 'src', name)).isDirectory() ? `src/${name}/` : `src/${name}`,
    );
    const map = readPage('ARCHITECTURE.md');
    assert.deepEqual(
      shown.filter((name) => !map.includes(`\`${name}\``)),
      [],
    );
  });
});
