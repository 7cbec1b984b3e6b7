import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { FolderSettings } from '../../domain/source-settings.ts';
import { FileReader } from '../file-reader.ts';
import { isReadable } from '../read-file.ts';
import type { ReadEvent, ReadItem, ReadOptions, Source } from '../source.ts';

const fileBytesMax = 20 * 1024 * 1024;

/** Files below `folder` that can be read, in a fixed order. Links to elsewhere and hidden names are left out. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && isReadable(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split(sep).some((name) => name.startsWith('.') || name === 'node_modules'))
    .toSorted();
}

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function readOne(
  folder: string,
  path: string,
  { known }: ReadOptions,
  { audience }: FolderSettings,
  reader: FileReader,
): Promise<ReadItem> {
  const itemId = path.split(sep).join('/');
  try {
    const { size, mtimeMs } = await stat(join(folder, path));
    const validator = `${size} ${mtimeMs}`;
    if (known.get(itemId)?.validator === validator) return { kind: 'unchanged', itemId };
    if (size > fileBytesMax) return { kind: 'broken', itemId, why: 'It is larger than 20 MB: split it.' };
    const content = await reader.read(join(folder, path));
    const updatedAt = Math.floor(mtimeMs / 1000);
    const document = { externalId: itemId, kind: 'file', url: undefined, locale: undefined, audience } as const;
    return { kind: 'read', itemId, validator, documents: [{ ...document, ...content, updatedAt }] };
  } catch (error) {
    return { kind: 'broken', itemId, why: why(error) };
  }
}

async function* read(settings: FolderSettings, options: ReadOptions): AsyncIterable<ReadEvent> {
  const folder = resolve(settings.path);
  let files: readonly string[];
  try {
    files = await listFiles(folder);
  } catch (cause) {
    throw new Error(`The folder ${folder} can't be read: check the path and its permissions.`, { cause });
  }
  yield { kind: 'expected', items: files.length };
  await using reader = new FileReader({ signal: options.signal });
  for (const path of files) yield await readOne(folder, path, options, settings, reader);
}

/** Markdown, HTML, text, PDF and Word files in a folder of this machine and in those below it. */
export const createFolder = (settings: FolderSettings): Source => ({
  settings,
  read: (options) => read(settings, options),
});
