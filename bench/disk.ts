import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A few hundred tell the disk's mood and take a second at the worst. */
const commits = 300;

/**
 * How long one small commit takes on the disk that the benchmarks use, each in ms: in the write-ahead log and flushed,
 * as Sidenote commits. The part of every figure that no code can take away.
 */
export function commitTimes(): readonly number[] {
  const directory = mkdtempSync(join(tmpdir(), 'sidenote-bench-'));
  const connection = new DatabaseSync(join(directory, 'commits.sqlite'));
  try {
    connection.exec('pragma journal_mode = wal; pragma synchronous = full;');
    connection.exec('create table entries (id integer primary key, body text)');
    const insert = connection.prepare('insert into entries (body) values (?)');
    return Array.from({ length: commits }, () => {
      const begun = performance.now();
      insert.run('a notification without its words, some three hundred bytes '.repeat(5));
      return performance.now() - begun;
    });
  } finally {
    connection.close();
    rmSync(directory, { recursive: true });
  }
}
