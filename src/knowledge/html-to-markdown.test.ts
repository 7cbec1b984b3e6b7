import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { htmlToMarkdown, pageToMarkdown } from './html-to-markdown.ts';

describe('HTML as Markdown', () => {
  const cases: readonly (readonly [what: string, html: string, markdown: string])[] = [
    ['headings keep their anchors', '<h2 id="h_1">Glue <b>it</b></h2><p>Press.</p>', '## Glue it {#h_1}\n\nPress.'],
    ['an id that is no anchor is left out', '<h2 id="a b">Glue</h2>', '## Glue'],
    ['lists', '<ul><li>One</li><li>Two<ol><li>a</li></ol></li></ul>', '- One\n- Two\n  1. a'],
    [
      'a table is one with its head',
      '<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td><p>1</p><p>2</p></td><td>x</td></tr></tbody></table>',
      '| A | B |\n| --- | --- |\n| 1 2 | x |',
    ],
    [
      'a link elsewhere keeps its address, one within the page is its words',
      '<a href="https://x.example/a b(1)">here</a> <a href="#h">there</a>',
      '[here](https://x.example/a%20b%281%29) there',
    ],
    [
      'code',
      '<pre><code>a = 1\n  b</code></pre><p>Use <code>npm i</code>.</p>',
      '```\na = 1\n  b\n```\n\nUse `npm i`.',
    ],
    ['an image is what it is called', '<img src="a.png" alt="The valve"><img src="b.png">', '[Image: The valve]'],
    ['what nobody reads is left out', '<p>a</p><script>x()</script><p hidden>b</p><nav>c</nav>', 'a'],
  ];
  for (const [what, html, markdown] of cases) test(what, () => assert.equal(htmlToMarkdown(html), markdown));

  test('of a page only the main part is taken, and all of it where none is marked', () => {
    assert.equal(pageToMarkdown('<body><div>around</div><main><article><p>text</p></article></main></body>'), 'text');
    assert.equal(pageToMarkdown('<body><header>top</header><p>text</p></body>'), 'text');
  });

  test('deep nesting is read in time, and loses at most its structure', () => {
    assert.match(htmlToMarkdown(`${'<div>'.repeat(100_000)}deep${'</div>'.repeat(100_000)}`), /deep/);
  });
});
