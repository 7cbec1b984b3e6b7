import { Marked, type MarkedExtension, type Tokens } from 'marked';
import sanitize from 'sanitize-html';
import { limitLinks } from './limit-links.ts';

/** `text` as HTML that shows exactly that text, for the lines we write ourselves. Safe in attributes too. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

/** As `escapeHtml`, but `&amp;` and the like keep their meaning, as they do in Markdown. */
const escapeMarkdown = (text: string): string =>
  escapeHtml(text).replaceAll(/&amp;(#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w{1,31});/gi, '&$1;');

const escapedLines = (text: string): string => escapeHtml(text.trimEnd()).replaceAll('\n', '<br>');
const paragraph = (html: string): string => (html.trim() === '' ? '' : `<p>${html.trim()}</p>`);
const isSafeLink = (href: string): boolean => /^(?:https?:\/\/|mailto:|tel:)\S+$/i.test(href);

/** `label` as a link where `url` is one that may stand in a note, else as text. */
export const linkHtml = (label: string, url: string | undefined): string =>
  url !== undefined && isSafeLink(url) ? `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>` : escapeHtml(label);

/** Markdown to the tags that `sanitizeNote` allows; raw HTML comes out as text. */
const rendering: MarkedExtension = {
  gfm: true,
  breaks: true,
  tokenizer: {
    // `[S1]: https://…` would turn our citation marker S1 into a link and vanish from the text.
    def: () => undefined,
  },
  renderer: {
    html: (token) => (token.block ? paragraph(escapedLines(token.text)) : escapeHtml(token.text)),
    text(token) {
      return 'tokens' in token && token.tokens !== undefined
        ? this.parser.parseInline(token.tokens)
        : escapeMarkdown(token.text);
    },
    heading({ tokens }) {
      const html = this.parser.parseInline(tokens);
      return html.trim() === '' ? '' : `<p><b>${html}</b></p>`;
    },
    paragraph({ tokens }) {
      return paragraph(this.parser.parseInline(tokens));
    },
    strong({ tokens }) {
      return `<b>${this.parser.parseInline(tokens)}</b>`;
    },
    em({ tokens }) {
      return `<i>${this.parser.parseInline(tokens)}</i>`;
    },
    del({ tokens }) {
      return this.parser.parseInline(tokens);
    },
    link({ href, tokens }) {
      const label = this.parser.parseInline(tokens);
      if (!isSafeLink(href)) return label;
      return `<a href="${escapeHtml(href)}">${label.trim() === '' ? escapeHtml(href) : label}</a>`;
    },
    // Never an <img>: loading it would tell its host what the model was led to write into the URL.
    image: ({ text }) => escapeMarkdown(text),
    code: ({ text }) => paragraph(escapedLines(text)),
    codespan: ({ text }) => escapeHtml(text),
    blockquote({ tokens }) {
      return this.parser.parse(tokens);
    },
    table({ header, rows }) {
      const line = (cells: readonly Tokens.TableCell[]): string =>
        cells.map((cell) => this.parser.parseInline(cell.tokens)).join(' | ');
      return paragraph([header, ...rows].map(line).join('<br>'));
    },
    // A list that goes on at 3, after a block of code say, is written out: the safe subset has no `start`.
    list(token) {
      const start = typeof token.start === 'number' ? token.start : 1;
      const items = token.items.map((item) => this.parser.parse(item.tokens).trim());
      const isSimple = !items.some((item) => /<(?:p|ul|ol)>/.test(item));
      if (start !== 1 && isSimple) return items.map((item, index) => paragraph(`${start + index}. ${item}`)).join('');
      const tag = token.ordered ? 'ol' : 'ul';
      return `<${tag}>${items.map((item) => `<li>${item}</li>`).join('')}</${tag}>`;
    },
    checkbox: ({ checked }) => (checked ? '[x] ' : '[ ] '),
    hr: () => '',
  },
};

const markdown = new Marked(rendering);

/** The last wall: whatever the renderer made, only these tags and this attribute leave. */
const sanitizeNote = (html: string): string =>
  sanitize(html, {
    allowedTags: ['p', 'br', 'b', 'i', 'a', 'ul', 'ol', 'li', 'h2'],
    allowedAttributes: { a: ['href'] },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowProtocolRelative: false,
  });

/** Longer than any answer; the Markdown parser's time on `_a_a_a…` grows with the square of the length (0.4 s here). */
const textCharsMax = 20_000;

/** The Markdown parser recurses once per `>` or list marker before a line, and would run out of stack on thousands. */
const nestedTooDeep = /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])){20}/m;

/** One entry for each top-level block, with all its links. */
function renderBlocks(text: string): readonly string[] {
  if (nestedTooDeep.test(text)) return text.split(/\n{2,}/).map((block) => paragraph(escapedLines(block)));
  return markdown.lexer(text).map((token) => sanitizeNote(markdown.parser([token])));
}

const allowsNone = (): boolean => false;

const cut = '<p>…</p>';

/** The beginning of `text`, ending between two words where it has any, that takes at most `charsMax` characters of HTML. */
function renderBeginning(text: string, charsMax: number, render: (text: string) => readonly string[]): string {
  let words = text.slice(0, charsMax);
  while (words !== '') {
    const html = render(words).join('');
    if (html.length <= charsMax) return html;
    const shorter = words.slice(0, words.length * 0.8);
    const wordEnd = Math.max(shorter.lastIndexOf(' '), shorter.lastIndexOf('\n'));
    words = wordEnd > 0 ? shorter.slice(0, wordEnd) : shorter;
  }
  return '';
}

type NoteOptions = {
  /** Characters of HTML. Blocks beyond it are left out, and a last paragraph `…` says so; at least 100. */
  readonly bodyCharsMax?: number;
  /** Which URLs may be links; without it none may. */
  readonly allowsLink?: (url: string) => boolean;
};

/**
 * A model's answer, which is untrusted plain text with some Markdown, as the HTML that is safe in an Intercom
 * note or reply (`p br b i a ul ol li h2`; `a` with an http, https, mailto or tel `href`). Every word stands
 * inside a block; raw HTML appears as text, images as their alternative text, tables and code as lines; `[S1]`
 * stays as it is. A link that is not allowed, which could carry words out, leaves its label and its host.
 * '' for text without words. Never throws.
 */
export function noteHtml(text: string, options: NoteOptions = {}): string {
  const charsMax = Math.max(options.bodyCharsMax ?? Number.POSITIVE_INFINITY, 100) - cut.length;
  const render = (words: string): readonly string[] =>
    renderBlocks(words).map((block) => limitLinks(block, options.allowsLink ?? allowsNone));
  const blocks = render(text.slice(0, textCharsMax));
  const kept: string[] = [];
  let chars = 0;
  for (const block of blocks) {
    chars += block.length;
    if (chars > charsMax) break;
    kept.push(block);
  }
  if (kept.length === blocks.length && text.length <= textCharsMax) return kept.join('');
  return (kept.join('') || renderBeginning(text.slice(0, textCharsMax), charsMax, render)) + cut;
}

/** The hosts and addresses that lose their links in the HTML of a text, each once. */
export function refusedLinks(text: string, allowsLink: (url: string) => boolean): readonly string[] {
  const refused = new Set<string>();
  const html = renderBlocks(text.slice(0, textCharsMax)).join('');
  limitLinks(html, allowsLink, (place) => void refused.add(place));
  return [...refused];
}
