import { createHash } from 'node:crypto';
import type { KnowledgeDocument, Passage } from '../domain/passage.ts';

/** About a screen of text: a question's answer fits, and five of them fit into a small model's window. */
const passageCharsMax = 2400;

type Section = { readonly headingPath: readonly string[]; readonly anchor: string | undefined; readonly text: string };

type Heading = { readonly level: number; readonly title: string; readonly anchor: string | undefined };

const headingLine = /^(?<marks>#{1,6})\s+(?<title>.*?)(?:\s+#*)?$/;
const anchorAtEnd = /\s*\{#(?<anchor>[^\s{}]+)\}$/;
const fence = /^\s{0,3}(?<marks>`{3,}|~{3,})/;

/** A document's sections in order, each with the headings above it. Headings in code are no headings. */
function sectionsOf(markdown: string): readonly Section[] {
  const sections: Section[] = [];
  const open: Heading[] = [];
  let lines: string[] = [];
  let openFence: string | undefined;
  const close = (): void => {
    const text = lines.join('\n').trim();
    if (text !== '') sections.push({ headingPath: open.map(({ title }) => title), anchor: nearestAnchor(open), text });
    lines = [];
  };
  for (const line of markdown.split(/\r\n?|\n/)) {
    const marks = fence.exec(line)?.groups?.['marks'];
    const heading = openFence === undefined ? headingLine.exec(line)?.groups : undefined;
    if (heading === undefined) {
      lines.push(line);
      if (marks !== undefined) openFence = nextFence(openFence, marks);
      continue;
    }
    close();
    const level = heading['marks']?.length ?? 1;
    while ((open.at(-1)?.level ?? 0) >= level) open.pop();
    const title = heading['title'] ?? '';
    const anchor = anchorAtEnd.exec(title)?.groups?.['anchor'];
    open.push({ level, title: title.replace(anchorAtEnd, '').trim(), anchor });
  }
  close();
  return sections;
}

const nearestAnchor = (open: readonly Heading[]): string | undefined =>
  open.findLast(({ anchor }) => anchor !== undefined)?.anchor;

/** A fence is closed by one of its own kind that is at least as long. */
function nextFence(openFence: string | undefined, marks: string): string | undefined {
  if (openFence === undefined) return marks;
  return marks.startsWith(openFence) ? undefined : openFence;
}

/** Paragraphs, lists, tables and fenced code, each whole. */
function blocksOf(text: string): readonly string[] {
  const blocks: string[] = [];
  let lines: string[] = [];
  let openFence: string | undefined;
  const close = (): void => {
    if (lines.length > 0) blocks.push(lines.join('\n'));
    lines = [];
  };
  for (const line of text.split('\n')) {
    const marks = fence.exec(line)?.groups?.['marks'];
    if (marks !== undefined) openFence = nextFence(openFence, marks);
    if (line.trim() === '' && openFence === undefined) close();
    else lines.push(line);
  }
  close();
  return blocks;
}

const tableHead = /^\s*\|.*\|\s*\n\s*\|[\s:|-]+\|\s*\n/;

/** A block that is too long alone, cut at its lines, then at its sentences, then anywhere. A table keeps its head. */
function cutBlock(block: string): readonly string[] {
  if (block.length <= passageCharsMax) return [block];
  const head = tableHead.exec(block)?.[0] ?? '';
  if (head !== '' && head.length < passageCharsMax / 2) {
    const rows = block.slice(head.length).split('\n');
    return pack(rows, '\n', passageCharsMax - head.length).map((some) => `${head}${some}`);
  }
  for (const [pattern, glue] of [
    [/\n/, '\n'],
    [/(?<=[.!?。！？])\s*/u, ' '],
  ] as const) {
    const pieces = block.split(pattern);
    if (pieces.length > 1) return pack(pieces.flatMap(cutBlock), glue);
  }
  const pieces: string[] = [];
  for (let start = 0; start < block.length; start += passageCharsMax) {
    pieces.push(block.slice(start, start + passageCharsMax));
  }
  return pieces;
}

/** As many neighbours together as fit. */
function pack(pieces: readonly string[], glue: string, charsMax = passageCharsMax): readonly string[] {
  const packed: string[] = [];
  for (const piece of pieces) {
    const last = packed.at(-1);
    const joined = last === undefined ? piece : `${last}${glue}${piece}`;
    if (last !== undefined && joined.length <= charsMax) packed[packed.length - 1] = joined;
    else packed.push(piece);
  }
  return packed;
}

const sectionUrl = (url: string | undefined, anchor: string | undefined): string | undefined =>
  url === undefined || anchor === undefined ? url : `${url.replace(/#.*$/s, '')}#${encodeURIComponent(anchor)}`;

/** Without the heading that says the document's title once more. */
const below = (title: string, path: readonly string[]): readonly string[] =>
  path[0]?.toLowerCase() === title.toLowerCase() ? path.slice(1) : path;

/**
 * A document's passages, in order: its sections along the headings, long ones cut between paragraphs, lists, tables
 * and code. `language`: the document's, as ISO 639-1. A document without words has no passages.
 */
export function splitDocument(document: KnowledgeDocument, language: string | undefined): readonly Passage[] {
  const seen = new Map<string, number>();
  return sectionsOf(document.markdown).flatMap(({ headingPath: path, anchor, text }) =>
    pack(blocksOf(text).flatMap(cutBlock), '\n\n').map((slice) => {
      const headingPath = below(document.title, path);
      const hash = createHash('sha256')
        .update(JSON.stringify([headingPath, slice]))
        .digest('hex')
        .slice(0, 16);
      const count = (seen.get(hash) ?? 0) + 1;
      seen.set(hash, count);
      return {
        id: `${document.id}#${hash}${count === 1 ? '' : `-${count}`}`,
        documentId: document.id,
        kind: document.kind,
        title: document.title,
        headingPath,
        text: slice,
        url: sectionUrl(document.url, anchor),
        language,
        audience: document.audience,
      };
    }),
  );
}
