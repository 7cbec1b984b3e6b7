import { basename, extname } from 'node:path';
import { tidyText } from '../intercom/html-to-text.ts';
import { htmlToMarkdown, pageToMarkdown } from './html-to-markdown.ts';

/** What a file says. `title` is undefined where it names none. */
export type FileContent = { readonly title: string | undefined; readonly markdown: string };

/** The file is not what its name says, or holds no text. The message is a sentence for people. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes); // drops a byte order mark
  } catch (cause) {
    throw new UnreadableFile('It is not text in UTF-8: save it in that encoding.', { cause });
  }
}

const firstHeading = (markdown: string): string | undefined =>
  /^#{1,2}\s+(.+?)(?:\s*\{#[^}]*\})?\s*$/m.exec(markdown)?.[1];

/** The head of a Markdown file that tools write there, between lines of `---`. */
const frontMatter = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/;

function readMarkdown(text: string): FileContent {
  const head = frontMatter.exec(text);
  const named = head === null ? undefined : /^title:\s*(["']?)(.+?)\1\s*$/m.exec(head[1] ?? '')?.[2];
  const markdown = tidyText(head === null ? text : text.slice(head[0].length));
  return { title: named ?? firstHeading(markdown), markdown };
}

function readHtml(html: string): FileContent {
  const title = /<title[^>]*>([\s\S]*?)<\/title>/i.exec(html)?.[1];
  const markdown = pageToMarkdown(html);
  return { title: title === undefined ? firstHeading(markdown) : htmlToMarkdown(title), markdown };
}

/** A PDF has pages and no headings that a program could tell; a page is what a teammate can turn to. */
async function readPdf(bytes: Uint8Array): Promise<FileContent> {
  const { extractText, getDocumentProxy, getMeta } = await import('unpdf');
  let document: Awaited<ReturnType<typeof getDocumentProxy>>;
  try {
    document = await getDocumentProxy(new Uint8Array(bytes)); // a Buffer is refused
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
    throw new UnreadableFile(`It can't be read as a PDF: ${why}.`, { cause });
  }
  const { text: pages } = await extractText(document, { mergePages: false });
  const { info } = await getMeta(document);
  const title: unknown = info['Title'];
  const said = pages.map((page, index) => `## Page ${index + 1}\n\n${page}`).filter((_, index) => pages[index]?.trim());
  if (said.length === 0) throw new UnreadableFile('It holds no text; scanned pages have to be recognised first.');
  return {
    title: typeof title === 'string' && title.trim() !== '' ? title.trim() : undefined,
    markdown: tidyText(said.join('\n\n')),
  };
}

async function readDocx(bytes: Uint8Array): Promise<FileContent> {
  const { default: mammoth } = await import('mammoth');
  try {
    const { value: html } = await mammoth.convertToHtml(
      { buffer: Buffer.from(bytes) },
      { convertImage: mammoth.images.imgElement(async () => ({ src: '' })) },
    );
    const markdown = htmlToMarkdown(html);
    return { title: firstHeading(markdown), markdown };
  } catch (cause) {
    throw new UnreadableFile('It can’t be read as a Word document (.docx).', { cause });
  }
}

type Reader = (bytes: Uint8Array) => FileContent | Promise<FileContent>;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['.md', (bytes) => readMarkdown(decode(bytes))],
  ['.markdown', (bytes) => readMarkdown(decode(bytes))],
  ['.txt', (bytes) => ({ title: undefined, markdown: tidyText(decode(bytes)) })],
  ['.html', (bytes) => readHtml(decode(bytes))],
  ['.htm', (bytes) => readHtml(decode(bytes))],
  ['.pdf', readPdf],
  ['.docx', readDocx],
]);

const isBinary = /\.(?:pdf|docx)$/i;

/** Whether the file is text as it is, by the end of its name. */
export const isPlainText = (path: string): boolean => !isBinary.test(path);

/** Whether `readFileContent` knows this kind of file, by the end of its name. */
export const isReadable = (path: string): boolean => readers.has(extname(path).toLowerCase());

/**
 * The title and the text of a file, by the end of its name. A file without a title is called by its name.
 * @throws UnreadableFile
 */
export async function readFileContent(path: string, bytes: Uint8Array): Promise<FileContent & { title: string }> {
  const reader = readers.get(extname(path).toLowerCase());
  if (reader === undefined) throw new UnreadableFile('Files of this kind are not read.');
  const { title, markdown } = await reader(bytes);
  return { title: title ?? basename(path, extname(path)), markdown };
}
