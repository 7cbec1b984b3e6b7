import { compile, type DomNode, type FormatCallback, type SelectorDefinition } from 'html-to-text';

/** What stands in the text for quoted history that the HTML itself marks as such: see `htmlToText`. */
export const quotedHistory = '> [earlier message]';

/** Longer HTML is cut: the newest words of a mail stand at its beginning. */
const htmlCharsMax = 1_000_000;
/**
 * The parser's time grows with tags x depth. 30,000 nested `<div>` took 0.2 s, 200,000 took 13 s, and
 * as much for the same number of end tags that close nothing. No mail written by people comes near.
 */
const openTagsMax = 30_000;
const openTimesCloseTagsMax = 100_000_000;

/** Element ids and classes with which mail clients mark what is not the writer's own words. */
const quoteSelectors = [
  'blockquote[type=cite]',
  'blockquote.gmail_quote',
  'blockquote.protonmail_quote',
  'blockquote.tutanota_quote',
  'div.yahoo_quoted',
  'div.zmail_extra',
  'div[name=quote]',
  '#OLK_SRC_BODY_SECTION',
  '#mail-editor-reference-message-container',
];
const quoteHeaderSelectors = ['.gmail_attr', '.moz-cite-prefix', '#reply-intro'];
const signatureSelectors = [
  '.gmail_signature_prefix',
  '.gmail_signature',
  '.moz-signature',
  '.protonmail_signature_block',
  '#ms-outlook-mobile-signature',
];
const unseenSelectors = [
  'title',
  'noscript',
  'template',
  '[hidden]',
  '[style*="display:none"i]',
  '[style*="display: none"i]',
];

export const attribute = (element: DomNode, name: string): string => {
  const attributes: unknown = element.attribs;
  const value: unknown = typeof attributes === 'object' && attributes !== null ? Reflect.get(attributes, name) : '';
  return typeof value === 'string' ? value.trim() : '';
};

/** `HTTPS://www.example.com/` and `example.com` are the same to a reader. */
const bareUrl = (url: string): string =>
  url
    .toLowerCase()
    .replace(/^(?:https?:\/\/)?(?:www\.)?/, '')
    .replace(/\/$/, '');

const formatLink: FormatCallback = (element, walk, builder) => {
  const target = attribute(element, 'href');
  const url = /^(?:https?:|mailto:|tel:)/i.test(target) ? target.replace(/^(?:mailto|tel):/i, '') : '';
  let label = '';
  builder.pushWordTransform((word) => {
    label += word;
    return word;
  });
  walk(element.children, builder);
  builder.popWordTransform();
  if (url === '' || bareUrl(label) === bareUrl(url)) return;
  builder.addInline(label === '' ? url : ` (${url})`, { noWordTransform: true });
};

const formatImage: FormatCallback = (element, _walk, builder) => {
  const source = attribute(element, 'src');
  const isTrackingPixel = attribute(element, 'width') === '1' || attribute(element, 'height') === '1';
  const fileName = source.startsWith('data:') ? '' : (/([^/?#]+)(?:[?#].*)?$/s.exec(source.slice(0, 2000))?.[1] ?? '');
  const name = attribute(element, 'alt') || fileName;
  if (isTrackingPixel) return;
  builder.addInline(name === '' ? '[Image]' : `[Image: ${name.slice(0, 200)}]`, { noWordTransform: true });
};

/** The library's own puts a space before each number. */
const formatNumberedList: FormatCallback = (element, walk, builder) => {
  const items = element.children.filter((child) => child.name === 'li');
  const start = Number.parseInt(attribute(element, 'start'), 10) || 1;
  const lineBreaks = element.parent?.name === 'li' ? 1 : 2;
  const prefixes = items.map((_item, index) => `${start + index}. `);
  const maxPrefixLength = Math.max(...[prefixes.at(0), prefixes.at(-1)].map((prefix) => prefix?.length ?? 0));
  builder.openList({ interRowLineBreaks: 1, leadingLineBreaks: lineBreaks, maxPrefixLength, prefixAlign: 'left' });
  for (const [index, item] of items.entries()) {
    builder.openListItem({ prefix: prefixes[index] ?? '' });
    walk([item], builder);
    builder.closeListItem();
  }
  builder.closeList({ trailingLineBreaks: lineBreaks });
};

const isCell = (node: DomNode): boolean => node.name === 'td' || node.name === 'th';
const hasBlocks = (node: DomNode): boolean =>
  node.children.some((child) => /^(?:table|div|p|ul|ol|blockquote|h[1-6])$/.test(child.name ?? ''));

/** A row of data becomes `a | b | c`; a row that only lays out a page, with blocks in its cells, becomes its blocks. */
const formatRow: FormatCallback = (element, walk, builder) => {
  const cells = element.children.filter(isCell);
  const isData = !cells.some(hasBlocks);
  builder.openBlock({ leadingLineBreaks: 1 });
  for (const [index, cell] of cells.entries()) {
    if (!isData) builder.openBlock({ leadingLineBreaks: 1 });
    else if (index > 0) builder.addInline(' | ', { noWordTransform: true });
    walk([cell], builder);
    if (!isData) builder.closeBlock({ trailingLineBreaks: 1 });
  }
  builder.closeBlock({ trailingLineBreaks: 1 });
};

const heading = { leadingLineBreaks: 2, trailingLineBreaks: 2, uppercase: false };
const plainSelectors: SelectorDefinition[] = [
  { selector: 'a', format: 'ourLink' },
  { selector: 'img', format: 'ourImage' },
  { selector: 'tr', format: 'ourRow' },
  { selector: 'ol', format: 'ourNumberedList' },
  { selector: 'ul', options: { itemPrefix: '- ' } },
  { selector: 'hr', format: 'blockString', options: { string: '---' } },
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: heading })),
  ...unseenSelectors.map((selector) => ({ selector, format: 'skip' })),
];
const mailSelectors: SelectorDefinition[] = [
  ...quoteSelectors.map((selector) => ({ selector, format: 'blockString', options: { string: quotedHistory } })),
  ...[...quoteHeaderSelectors, ...signatureSelectors].map((selector) => ({ selector, format: 'skip' })),
];

const converter = (selectors: SelectorDefinition[]): ((html: string) => string) =>
  compile({
    wordwrap: false,
    baseElements: { selectors: [] }, // the whole document: mails have several bodies, or text outside it
    limits: { maxDepth: 150, maxChildNodes: 20_000, ellipsis: '…' },
    formatters: {
      ourLink: formatLink,
      ourImage: formatImage,
      ourNumberedList: formatNumberedList,
      ourRow: formatRow,
    },
    selectors,
  });

const convertAll = converter(plainSelectors);
const convertWithoutQuotes = converter([...plainSelectors, ...mailSelectors]);

const count = (html: string, pattern: RegExp): number => html.match(pattern)?.length ?? 0;

/** HTML that would take the parser seconds loses its tags, but for the line breaks, in linear time. */
export function withoutHostileNesting(html: string): string {
  const openTags = count(html, /<[a-z]/gi);
  if (openTags <= openTagsMax && openTags * count(html, /<\//g) <= openTimesCloseTagsMax) return html;
  return html
    .replaceAll(/<(?:br|\/p|\/div|\/li|\/tr|\/h[1-6])\b[^<>]*>/gi, '<br>')
    .replaceAll(/<(?!\/?(?:script|style|br)\b)[^<>]*>/gi, '')
    .replaceAll(/<(?!\/?(?:script|style|br)\b)/gi, '&lt;');
}

/**
 * The text that a person would read in the HTML of a part: paragraphs, `- ` and `1. ` lists, `label (url)`
 * links, `[Image: name]`, quotes as `> ` lines, rows of a table as `a | b`. What a reader can't see is left out.
 * Never throws; input over 1,000,000 characters is cut.
 *
 * With `shouldDropQuotes`, a container that a mail client marks as quoted history becomes the one line
 * `quotedHistory`, and marked signatures go.
 */
export function htmlToText(html: string, options: { readonly shouldDropQuotes?: boolean } = {}): string {
  const convert = options.shouldDropQuotes === true ? convertWithoutQuotes : convertAll;
  return tidyText(convert(withoutHostileNesting(html.slice(0, htmlCharsMax))));
}

/**
 * Characters that show nothing but can hide words from a reader or turn them round: zero-width, bidirectional
 * controls, tags, fillers, C0 and C1 controls. A joiner between two letters beyond ASCII stays, and one
 * variation selector: Persian, the Indic scripts and emoji need them.
 */
const unseenCharacters =
  /(?![\ufe0e-\ufe0f\t\n]|\p{Join_Control})[\p{Default_Ignorable_Code_Point}\p{Cc}\ufff9-\ufffb]|(?<=[\ufe0e-\ufe0f])[\ufe0e-\ufe0f]|(?<!\P{ASCII})\p{Join_Control}|\p{Join_Control}(?!\P{ASCII})/gu;

/** The same text with plain line ends and spaces, and without characters that show nothing. */
export const cleanText = (text: string): string =>
  text
    .replaceAll(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replaceAll(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
    .replaceAll(unseenCharacters, '');

/** `cleanText`, and no white space at the ends of lines, at most one empty line in a row, none at the ends. */
export const tidyText = (text: string): string =>
  cleanText(text)
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd();
