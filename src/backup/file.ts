import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline as connect, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import type { Values } from '../store/tables.ts';
import type { Contents } from './copy.ts';

/**
 * A backup is one file for either engine: gzipped lines of JSON. The first says what it is; then for each table a line
 * with its name and columns, and a line for each row with its values; the last has the number of rows and a checksum of
 * all lines before it, so that a file which was cut off or changed is told from a whole one.
 */
const format = 'sidenote-backup';
const version = 1;

const Head = z.object({
  format: z.literal(format),
  version: z.literal(version),
  createdAt: z.string(),
  migrations: z.array(z.string()),
});
const TableLine = z.object({ table: z.string(), columns: z.array(z.string()).min(1) });
const RowLine = z.array(z.union([z.string(), z.number(), z.null()]));
const EndLine = z.object({ rows: z.number(), sha256: z.string() });
const Line = z.union([RowLine, TableLine, EndLine]);

/** What a backup says of itself. */
export type BackupHead = z.infer<typeof Head>;

/** The file is no whole backup, or can't be written; the message says so. */
class BackupUnusable extends Error {
  override readonly name = 'BackupUnusable';
}

/** Writes a new file, flushed to the disk, that only its owner may read. @throws BackupUnusable when there is one */
export async function writeBackup(
  path: string,
  head: { readonly createdAt: string; readonly migrations: readonly string[] },
  contents: Contents,
): Promise<{ readonly rows: number }> {
  const hash = createHash('sha256');
  let count = 0;
  const lines = async function* (): AsyncGenerator<string> {
    for await (const value of body({ format, version, ...head }, contents, (rows) => (count += rows))) {
      const line = `${JSON.stringify(value)}\n`;
      hash.update(line);
      yield line;
    }
    yield `${JSON.stringify({ rows: count, sha256: hash.digest('hex') })}\n`;
  };
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
  let isOurs = false;
  file.once('open', () => (isOurs = true));
  try {
    await pipeline(Readable.from(lines()), createGzip(), file);
  } catch (error) {
    if (isOurs) await rm(path, { force: true });
    throw explained(error, path);
  }
  return { rows: count };
}

async function* body(head: object, contents: Contents, onRows: (count: number) => void): AsyncGenerator {
  yield head;
  let current = '';
  for await (const { table, columns, rows } of contents) {
    if (table !== current) yield { table, columns };
    current = table;
    yield* rows;
    onRows(rows.length);
  }
}

function explained(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EEXIST') {
    return new BackupUnusable(`${path} is there already, and nothing is overwritten: give another name.`, {
      cause: error,
    });
  }
  if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  return new BackupUnusable(
    `${path} can't be written (${code}): check the folder, its permissions and the space left.`,
    {
      cause: error,
    },
  );
}

/** Reads the whole file and compares its checksum; gives its head. @throws BackupUnusable when it is no whole backup */
export async function checkBackup(path: string): Promise<BackupHead & { readonly rows: number }> {
  const hash = createHash('sha256');
  let head: BackupHead | undefined;
  let rows = 0;
  for await (const text of linesOf(path)) {
    if (head === undefined) {
      head = parseHead(path, text);
    } else {
      const line = parseLine(path, text);
      if ('sha256' in line) {
        if (line.rows !== rows || line.sha256 !== hash.digest('hex')) throw broken(path);
        return { ...head, rows };
      }
      if (Array.isArray(line)) rows += 1;
    }
    hash.update(`${text}\n`);
  }
  throw broken(path);
}

/** The rows of a backup that `checkBackup` found to be whole. */
export async function* readBackup(path: string): Contents {
  const batchMax = 500;
  let table: z.infer<typeof TableLine> | undefined;
  let rows: Values[] = [];
  let isHead = true;
  for await (const text of linesOf(path)) {
    if (isHead) {
      isHead = false;
      continue;
    }
    const line = parseLine(path, text);
    if (Array.isArray(line)) rows.push(line);
    if (table !== undefined && (rows.length >= batchMax || !Array.isArray(line))) {
      yield { ...table, rows };
      rows = [];
    }
    if ('table' in line) table = line;
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  // On an error it destroys both, and the loop below throws it.
  const unzipped = connect(createReadStream(path), createGunzip(), () => undefined).setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of unzipped) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    throw unreadable(error, path);
  }
}

function unreadable(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) return broken(path);
  if (!/^E[A-Z]+$/.test(code)) return error;
  return new BackupUnusable(`${path} can't be read (${code}): check the path and its permissions.`, { cause: error });
}

const broken = (path: string): BackupUnusable =>
  new BackupUnusable(`${path} is not a whole backup: it was cut off or changed. Take another one.`);

function parseHead(path: string, text: string): BackupHead {
  const head = Head.safeParse(jsonOf(text));
  if (head.success) return head.data;
  throw new BackupUnusable(`${path} is not a backup that this version of Sidenote can read.`);
}

function parseLine(path: string, text: string): z.infer<typeof Line> {
  const line = Line.safeParse(jsonOf(text));
  if (line.success) return line.data;
  throw broken(path);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
