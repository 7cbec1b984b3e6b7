import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import sanitize from 'sanitize-html';
import { z } from 'zod';
import { readDataset } from '../../test/support/datasets.ts';
import { escapeHtml, noteHtml as renderHtml, refusedLinks } from './note-html.ts';

const allowsLink = (): boolean => true;
/** Wherever its links lead. */
const noteHtml = (text: string, options = {}): string => renderHtml(text, { allowsLink, ...options });

const allowedTags = new Set(['p', 'br', 'b', 'i', 'a', 'ul', 'ol', 'li', 'h2']);
const blockTags = new Set(['p', 'li', 'h2']);
const piece = /<(?<close>\/?)(?<tag>[a-z][a-z0-9]*)(?<attributes>[^<>]*?)(?<empty> \/)?>|(?<text>[^<>]+)/y;
const safeAttributes = /^(?: href="(?:https?:\/\/|mailto:|tel:)[^"<>\s]*")?$/i;

type Piece = Record<'close' | 'tag' | 'attributes' | 'empty' | 'text', string | undefined>;
/** Every character of `html` must belong to one of these; a stray `<` or `>` is an error. */
function pieces(html: string): readonly (Partial<Piece> & { text?: string | undefined })[] {
  const found: Partial<Piece>[] = [];
  piece.lastIndex = 0;
  while (piece.lastIndex < html.length) {
    const at = piece.lastIndex;
    const match = piece.exec(html);
    assert.ok(match?.groups, `not well-formed at ${at}: ${html.slice(at, at + 60)}`);
    found.push(match.groups);
  }
  return found;
}

/** What is wrong with `html`, parsed strictly as Intercom's safe subset; undefined when nothing is. */
function findFault(html: string): string | undefined {
  const open: string[] = [];
  for (const { close, tag, attributes, empty, text } of pieces(html)) {
    if (text !== undefined) {
      if (text.trim() !== '' && !open.some((name) => blockTags.has(name))) return `text outside a block: ${text}`;
      if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) return `bare ampersand: ${text}`;
    } else if (tag === undefined || !allowedTags.has(tag)) return `tag ${tag}`;
    else if (!safeAttributes.test(attributes ?? '') || (attributes !== '' && tag !== 'a'))
      return `attribute${attributes}`;
    else if (close === '/') {
      if (open.pop() !== tag) return `unbalanced ${tag}`;
    } else if (tag === 'br') {
      if (empty === undefined) return 'open br';
    } else open.push(tag);
  }
  return open.length === 0 ? undefined : `unclosed ${open.join(' ')}`;
}

/** The subset as its own sanitiser would enforce it, written here a second time. */
const sanitizeAgain = (html: string): string =>
  sanitize(html, {
    allowedTags: [...allowedTags],
    allowedAttributes: { a: ['href'] },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  });

const shownText = (html: string): string => sanitize(html, { allowedTags: [] });

const cases: readonly { readonly title: string; readonly text: string; readonly html: string }[] = [
  { title: 'nothing is nothing', text: ' \n\n', html: '' },
  {
    title: 'paragraphs and line breaks stay',
    text: 'Hi Ada,\nthanks\n\nBye',
    html: '<p>Hi Ada,<br />thanks</p><p>Bye</p>',
  },
  { title: 'bold and italic', text: '**a** _b_ ~~c~~', html: '<p><b>a</b> <i>b</i> c</p>' },
  { title: 'a heading of any level is a bold paragraph', text: '### Refunds', html: '<p><b>Refunds</b></p>' },
  { title: 'lists, nested', text: '- a\n- b\n  1. c', html: '<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>' },
  { title: 'a list that goes on at 3 keeps its numbers', text: '3. c\n4. d', html: '<p>3. c</p><p>4. d</p>' },
  { title: 'task boxes are text', text: '- [x] a\n- [ ] b', html: '<ul><li>[x] a</li><li>[ ] b</li></ul>' },
  {
    title: 'code is plain text in lines',
    text: '```sh\na <b>\nc\n```\n\n`d`',
    html: '<p>a &lt;b&gt;<br />c</p><p>d</p>',
  },
  { title: 'a quote is a paragraph', text: '> a\n> b', html: '<p>a<br />b</p>' },
  { title: 'a rule is dropped', text: 'a\n\n---\n\nb', html: '<p>a</p><p>b</p>' },
  { title: 'a table is lines', text: '|a|b|\n|-|-|\n|1|2|', html: '<p>a | b<br />1 | 2</p>' },
  {
    title: 'links stay',
    text: '[page](https://a.example/?x=1&y=2)',
    html: '<p><a href="https://a.example/?x=1&amp;y=2">page</a></p>',
  },
  {
    title: 'bare URLs and addresses are links',
    text: 'https://a.example a@b.example',
    html: '<p><a href="https://a.example">https://a.example</a> <a href="mailto:a@b.example">a@b.example</a></p>',
  },
  {
    title: 'an unsafe link is its label',
    text: '[a](javascript:alert(1)) [b](//c.example) [d](data:x) [e](/f)',
    html: '<p>a b d e</p>',
  },
  { title: 'an image is its alternative text', text: '![chart](https://evil.example/?q=secret)', html: '<p>chart</p>' },
  {
    title: 'an image in a link is the link’s label',
    text: '[![logo](https://i.example)](https://a.example)',
    html: '<p><a href="https://a.example">logo</a></p>',
  },
  {
    title: 'raw HTML appears as text',
    text: '<b onclick="x()">hi</b>\n\n<div>\nx\n</div>',
    html: '<p>&lt;b onclick="x()"&gt;hi&lt;/b&gt;</p><p>&lt;div&gt;<br />x<br />&lt;/div&gt;</p>',
  },
  {
    title: 'entities keep their meaning',
    text: 'Tom &amp; Jerry & &lt;b&gt;',
    html: '<p>Tom &amp; Jerry &amp; &lt;b&gt;</p>',
  },
  { title: 'citation markers stay text', text: 'Yes [S1][S2].', html: '<p>Yes [S1][S2].</p>' },
  {
    title: 'a definition can’t turn a citation marker into a link',
    text: 'Yes [S1].\n\n[S1]: /evil',
    html: '<p>Yes [S1].</p><p>[S1]: /evil</p>',
  },
];

describe('noteHtml', () => {
  for (const { title, text, html } of cases) {
    test(title, () => {
      assert.equal(noteHtml(text), html);
      assert.equal(findFault(html), undefined);
    });
  }

  test('the cap cuts between paragraphs and says so', () => {
    const text = ['one', 'two', 'three'].map((word) => `${word} `.repeat(12)).join('\n\n');
    const html = noteHtml(text, { bodyCharsMax: 140 });
    assert.match(html, /^<p>one.*<\/p><p>two.*<\/p><p>…<\/p>$/);
    assert.ok(html.length <= 140, `${html.length} characters`);
    assert.equal(noteHtml(text, { bodyCharsMax: 1000 }), noteHtml(text));
  });

  test('a first paragraph over the cap ends between two words', () => {
    const html = noteHtml('word '.repeat(100), { bodyCharsMax: 200 });
    assert.match(html, /^<p>(?:word )+word<\/p><p>…<\/p>$/);
    assert.ok(html.length <= 200);
  });

  for (const marker of ['>', '> ', '- ', '1. ', '* > ']) {
    test(`ten thousand times "${marker}" does not run out of stack`, () => {
      assert.equal(findFault(noteHtml(`${marker.repeat(10_000)}x`)), undefined);
    });
  }

  test('no payload of the XSS data set gets through, and a second pass changes nothing', (t) => {
    const records = readDataset(t, 'xss/payloads.jsonl');
    if (records === undefined) return;
    const payloads = records.map((record) => z.object({ id: z.string(), payload: z.string() }).parse(record));
    const inputs = payloads.flatMap(({ id, payload }) =>
      [payload, `See [this](${payload}) and ![x](${payload})`, `- **${payload}**\n\n\`\`\`\n${payload}`].map(
        (text) => ({ id, text }),
      ),
    );
    const unsafe = inputs.filter(({ text }) => findFault(noteHtml(text)) !== undefined).map(({ id }) => id);
    const changed = inputs.filter(({ text }) => sanitizeAgain(noteHtml(text)) !== noteHtml(text)).map(({ id }) => id);
    t.diagnostic(
      `xss: ${payloads.length} payloads in 3 places each: ${unsafe.length} unsafe, ${changed.length} changed by a second pass`,
    );
    assert.deepEqual({ unsafe, changed }, { unsafe: [], changed: [] });
    assert.ok(payloads.length > 600);
  });

  const markdown = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '<',
          '>',
          '&',
          '"',
          '`',
          '```',
          '*',
          '**',
          '_',
          '[',
          ']',
          '(',
          ')',
          '!',
          '#',
          '- ',
          '1. ',
          '| ',
          '|-|',
          '\n',
          '\n\n',
          '    ',
          '[S1]',
          '&lt;',
          '&#',
          '<b>',
          '<p',
          '</',
          'https://a.example',
          'javascript:',
          '\\',
          '~~',
          'word',
          '\u0000',
          '\ud800',
        ),
        fc.string({ unit: 'grapheme' }),
      ),
    )
    .map((parts) => parts.join(''));

  test('any text gives well-formed HTML of the safe subset that the sanitiser leaves as it is', () => {
    fc.assert(
      fc.property(markdown, fc.integer({ min: 100, max: 400 }), (text, bodyCharsMax) => {
        const html = noteHtml(text, { bodyCharsMax });
        assert.equal(findFault(html), undefined);
        assert.equal(sanitizeAgain(html), html);
        assert.ok(html.length <= bodyCharsMax);
      }),
      { numRuns: 500 },
    );
  });

  test('words of letters are never lost', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1 }).map((list) => list.join(' '));
    fc.assert(fc.property(words, (text) => assert.equal(shownText(noteHtml(text)), text)));
  });
});

describe('links in a note', () => {
  const allowsTeam = (url: string): boolean => URL.parse(url)?.hostname === 'team.example';
  const limited = (text: string): string => renderHtml(text, { allowsLink: allowsTeam });

  const links: readonly (readonly [string, string])[] = [
    ['[page](https://team.example/a)', '<p><a href="https://team.example/a">page</a></p>'],
    ['[page](https://evil.example/?q=my+card)', '<p>page (evil.example)</p>'],
    ['[evil.example](https://evil.example/?q=my+card)', '<p>evil.example</p>'],
    ['Go to https://evil.example/?q=my+card.', '<p>Go to evil.example.</p>'],
    ['`https://evil.example/?q=1` and www.evil.example/x', '<p>evil.example and evil.example</p>'],
    ['    https://evil.example/?q=1&r=2', '<p>evil.example</p>'],
    ['[a](https:\\//evil.example/?q=1)', '<p>a (evil.example)</p>'],
    ['[a](https://team.example@evil.example/)', '<p>a (evil.example)</p>'],
    ['[https://evil.example/?q=1](https://team.example)', '<p><a href="https://team.example">evil.example</a></p>'],
    ['![x](https://team.example/?q=1)', '<p>x</p>'],
    ['x@evil.example', '<p>x@evil.example</p>'],
    ['[us](mailto:x@evil.example?bcc=y@evil.example)', '<p>us (x@evil.example)</p>'],
    ['slack://evil.example/?q=1', '<p>evil.example</p>'],
  ];
  for (const [text, html] of links) {
    test(`only allowed ones are left: ${text}`, () => assert.equal(limited(text), html));
  }

  test('none is left where nobody says which are allowed', () => {
    assert.equal(renderHtml('[page](https://team.example/a)'), '<p>page (team.example)</p>');
  });

  test('those that are lost are named, each once', () => {
    const text = 'https://a.example/1 [x](https://a.example/2) https://team.example mailto:jo@b.example';
    assert.deepEqual(refusedLinks(text, allowsTeam), ['a.example', 'jo@b.example']);
  });

  test('no payload of the XSS data set keeps a link, and a second pass changes nothing', (t) => {
    const records = readDataset(t, 'xss/payloads.jsonl');
    if (records === undefined) return;
    const payloads = records.map((record) => z.object({ payload: z.string() }).parse(record).payload);
    const texts = payloads.flatMap((payload) => [payload, `[a](${payload}) ![b](${payload})`]);
    for (const text of texts) {
      const html = renderHtml(text);
      assert.doesNotMatch(html, /<a\b|https?:\/\/|\bwww\./iu, text);
      assert.equal(sanitizeAgain(html), html);
    }
  });
});

describe('escapeHtml', () => {
  test('shows exactly the text, in an attribute too', () => {
    assert.equal(escapeHtml(`<a b="c" d='e'>&amp;`), '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;');
  });
});
