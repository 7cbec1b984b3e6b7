import { compile, type DomNode, type FormatCallback, type SelectorDefinition } from 'html-to-text';
import { attribute, tidyText, withoutHostileNesting } from '../intercom/html-to-text.ts';

/** Longer HTML is cut: some 500 pages of text. */
const htmlCharsMax = 2_000_000;

/** What is around the text of a page, and what nobody reads. */
const besidesText = [
  'nav',
  'header',
  'footer',
  'aside',
  'form',
  'button',
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'iframe',
  'title',
  '[role=navigation]',
  '[role=banner]',
  '[role=contentinfo]',
  '[role=search]',
  '[aria-hidden=true]',
  '[hidden]',
];

const formatHeading: FormatCallback = (element, walk, builder) => {
  const level = Number(element.name?.slice(1)) || 1;
  const anchor = attribute(element, 'id');
  builder.openBlock({ leadingLineBreaks: 2 });
  builder.addInline(`${'#'.repeat(level)} `, { noWordTransform: true });
  walk(element.children, builder);
  if (/^[^\s{}]+$/.test(anchor)) builder.addInline(` {#${anchor}}`, { noWordTransform: true });
  builder.closeBlock({ trailingLineBreaks: 2 });
};

/** A link to elsewhere keeps its address, so that a draft may give it; one within the page is its label. */
const formatLink: FormatCallback = (element, walk, builder) => {
  const target = attribute(element, 'href');
  if (!/^(?:https?:|mailto:|tel:)/i.test(target)) return walk(element.children, builder);
  let label = '';
  builder.pushWordTransform((word) => {
    label += word;
    return word;
  });
  builder.addInline('[', { noWordTransform: true });
  walk(element.children, builder);
  builder.popWordTransform();
  const address = target.replaceAll(/[\s()]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
  builder.addInline(`${label === '' ? 'link' : ''}](${address})`, { noWordTransform: true });
};

const formatImage: FormatCallback = (element, _walk, builder) => {
  const words = attribute(element, 'alt').replaceAll(/\s+/g, ' ').slice(0, 200);
  if (words !== '') builder.addInline(`[Image: ${words}]`, { noWordTransform: true });
};

const formatCode: FormatCallback = (element, walk, builder) => {
  if (element.parent?.name === 'pre') return walk(element.children, builder);
  builder.addInline('`', { noWordTransform: true });
  walk(element.children, builder);
  builder.addInline('`', { noWordTransform: true });
};

const formatPreformatted: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ isPre: true, leadingLineBreaks: 2 });
  builder.addLiteral('```\n');
  walk(element.children, builder);
  builder.addLiteral('\n```');
  builder.closeBlock({ trailingLineBreaks: 2 });
};

const isCell = (node: DomNode): boolean => node.name === 'td' || node.name === 'th';

/** True for the row that stands for the table's head: nothing but rows and parts of the table comes before it. */
function isFirstRow(row: DomNode): boolean {
  const isPart = (node: DomNode): boolean => /^t(?:head|body|foot)$/.test(node.name ?? '');
  const firstRow = row.parent?.children.find((node) => node.name === 'tr');
  const firstPart = row.parent?.parent?.children.find(isPart);
  return firstRow === row && (row.parent?.name === 'table' || firstPart === row.parent);
}

const formatRow: FormatCallback = (element, walk, builder) => {
  const cells = element.children.filter(isCell);
  if (cells.length === 0) return;
  builder.openBlock({ leadingLineBreaks: 1 });
  builder.addInline('| ', { noWordTransform: true });
  for (const cell of cells) {
    walk(cell.children.flatMap(inlineOnly), builder);
    builder.addInline(' | ', { noWordTransform: true });
  }
  builder.closeBlock({ trailingLineBreaks: 1 });
  if (!isFirstRow(element)) return;
  builder.openBlock({ leadingLineBreaks: 1 });
  builder.addInline(`|${' --- |'.repeat(cells.length)}`, { noWordTransform: true });
  builder.closeBlock({ trailingLineBreaks: 1 });
};

/** A cell is one line of Markdown: its paragraphs and lists count by what is in them. */
function inlineOnly(node: DomNode): DomNode[] {
  const isBlock = /^(?:p|div|ul|ol|li|table|tbody|thead|tr|td|th|br|h[1-6])$/.test(node.name ?? '');
  if (!isBlock) return [node];
  const space: DomNode = { type: 'text', data: ' ', children: [] };
  return [...node.children.flatMap(inlineOnly), space];
}

const selectors: SelectorDefinition[] = [
  { selector: 'a', format: 'markdownLink' },
  { selector: 'img', format: 'markdownImage' },
  { selector: 'code', format: 'markdownCode' },
  { selector: 'pre', format: 'markdownPreformatted' },
  { selector: 'tr', format: 'markdownRow' },
  { selector: 'table', format: 'block', options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } },
  { selector: 'ul', options: { itemPrefix: '- ' } },
  { selector: 'hr', format: 'blockString', options: { string: '---' } },
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, format: 'markdownHeading' })),
  ...besidesText.map((selector) => ({ selector, format: 'skip' })),
];

const converter = (baseElements: readonly string[]): ((html: string) => string) =>
  compile({
    wordwrap: false,
    baseElements: { selectors: [...baseElements], returnDomByDefault: true },
    limits: { maxDepth: 150, maxChildNodes: 20_000, maxBaseElements: 20, ellipsis: '…' },
    formatters: {
      markdownHeading: formatHeading,
      markdownLink: formatLink,
      markdownImage: formatImage,
      markdownCode: formatCode,
      markdownPreformatted: formatPreformatted,
      markdownRow: formatRow,
    },
    selectors,
  });

const convertFragment = converter([]);
const convertPage = converter(['main', '[role=main]', 'article']);

const convertWith = (convert: (html: string) => string, html: string): string =>
  tidyText(convert(withoutHostileNesting(html.slice(0, htmlCharsMax))));

/**
 * The text of an article's HTML as Markdown: headings with their ids as ` {#anchor}`, lists, tables, code and links.
 * Never throws; input over 2,000,000 characters is cut.
 */
export const htmlToMarkdown = (html: string): string => convertWith(convertFragment, html);

/** The same of a whole page, without its navigation and what else stands around the text. */
export const pageToMarkdown = (html: string): string => convertWith(convertPage, html);
