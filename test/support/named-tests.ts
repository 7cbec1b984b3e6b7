import { existsSync, readFileSync } from 'node:fs';

export type NamedTest = { readonly file: string; readonly title: string };

const root = new URL('../../', import.meta.url);

/** A page of the project, such as `docs/operating.md`. */
export const readPage = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The tests that a page names, as `` `file`: "title" ``, with or without a link on the file. */
export const testsNamedIn = (text: string): readonly NamedTest[] =>
  [...text.matchAll(/`(?<file>[\w./-]+\.ts)`(?:\]\([^)]+\))?: "(?<title>[^"]+)"/g)].map(({ groups }) => ({
    file: groups?.['file'] ?? '',
    title: groups?.['title'] ?? '',
  }));

/** Those whose file is not there or holds no such title. */
export const missingAmong = (named: readonly NamedTest[]): readonly NamedTest[] =>
  named.filter(({ file, title }) => {
    const path = new URL(file, root);
    return !existsSync(path) || !readFileSync(path, 'utf8').includes(title);
  });
