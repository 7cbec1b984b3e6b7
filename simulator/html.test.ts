import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../test/support/fast-check.ts';
import { paragraphs, plainText, sanitiseBody } from './html.ts';

const texts: Record<string, [html: string, text: string]> = {
  'paragraphs become lines': ['<p>One</p><p>Two</p>', 'One\nTwo'],
  'a link keeps its address': ['<p>See <a href="https://x.example">here</a></p>', 'See here (https://x.example)'],
  'a link that is its own label stands once': [
    '<a href="https://x.example">https://x.example</a>',
    'https://x.example',
  ],
  'an image is a placeholder': ['<p>Look: <img src="https://x.example/1.png"></p>', 'Look: [Image]'],
  'a list has dashes': ['<ul><li>One</li><li>Two</li></ul>', '- One\n- Two'],
  'entities are characters': ['<p>1 &lt; 2 &amp;&amp; 3 &gt; 2</p>', '1 < 2 && 3 > 2'],
};
for (const [title, [html, text]] of Object.entries(texts)) {
  test(`plain text: ${title}`, () => {
    assert.equal(plainText(sanitiseBody(html)), text);
  });
}

const dangerous: Record<string, string> = {
  script: '<script>steal()</script>',
  'an event handler': '<img src="https://x.example/1.png" onerror="steal()">',
  style: '<p style="background:url(//steal)">x</p><style>p{background:url(//steal)}</style>',
  'a script address': '<a href="javascript:steal()">x</a>',
  'a frame': '<iframe src="https://steal.example"></iframe>',
  'a form': '<form action="https://steal.example"><input name="x"></form>',
};
for (const [what, html] of Object.entries(dangerous)) {
  test(`no body keeps ${what}`, () => {
    assert.ok(!sanitiseBody(html).includes('steal'));
  });
}

test('words come back from a body as they were written', () => {
  const line = fc
    .string({ unit: fc.constantFrom('a', 'b', '<', '>', '&', '"', "'", '/', ' ', 'é', '😀'), minLength: 1 })
    .map((words) => `x${words}x`);
  fc.assert(
    fc.property(line, (words) => {
      assert.equal(plainText(sanitiseBody(paragraphs(words))), words);
    }),
  );
});

// Tags left open or closed twice are put right by the parser, in more than one way; these bodies have none.
const anyBody = fc.letrec<{ inline: string; body: string }>((tie) => ({
  inline: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('word ', '&amp;', '&lt;', '<br>', '<img src="https://x.example/1.png">'),
    fc.constant('<a href="https://x.example">a link</a>'),
    tie('inline').map((inside) => `<b>${inside}</b>`),
    tie('inline').map((inside) => `<span class="quoted">${inside}</span>`),
  ),
  body: fc.oneof(
    { maxDepth: 3 },
    fc.array(tie('inline')).map((inside) => `<p>${inside.join('')}</p>`),
    fc.array(tie('body')).map((inside) => `<div>${inside.join('')}</div>`),
    fc.array(tie('body')).map((inside) => `<ul><li>${inside.join('</li><li>')}</li></ul>`),
  ),
})).body;

test('cleaning a clean body changes nothing', () => {
  fc.assert(
    fc.property(anyBody, (body) => {
      assert.equal(sanitiseBody(body), body);
    }),
  );
});

test('the tags of a cleaned body are ones that it may keep, however broken it was', () => {
  const piece = fc.constantFrom('<p>', '</p>', '<b>', '</b>', '<script>', '</script>', '<', '>', '"', '<!--', 'word ');
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      assert.match(sanitiseBody(pieces.join('')), /^(?:<\/?[pb]>|[^<])*$/);
    }),
  );
});
