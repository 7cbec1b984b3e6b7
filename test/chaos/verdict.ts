import type { SimulatedConversation } from '../../simulator/model.ts';

/** What went wrong in conversations. All three must be 0. */
export type Wrongs = {
  /** The contact waits, and there is no draft. */
  readonly lost: number;
  /** A second draft of the same answer. */
  readonly doubled: number;
  /** A draft that came after somebody had answered, or closed the conversation. */
  readonly stale: number;
};

/** `drafts`: notes, or replies, that the assistant has posted. */
export type Verdict = Wrongs & { readonly drafts: number };

/** Judges one conversation by what stands in it. Each draft must be the only one since the contact's latest comment. */
export function judge({ source, parts }: SimulatedConversation, assistantId: string): Verdict {
  let [drafts, doubled, stale, draftsSince] = [0, 0, 0, 0];
  // What was redacted can't be answered any more.
  let newest: 'question' | 'answer' | 'nothing' = source.redacted ? 'nothing' : 'question';
  for (const { author, partType, body } of parts) {
    if (author.id === assistantId) {
      drafts += 1;
      draftsSince += 1;
      if (newest === 'answer') stale += 1;
      else if (draftsSince > 1) doubled += 1;
    } else if (partType === 'close' || (partType !== 'note' && body !== null)) {
      newest = author.type === 'admin' || author.type === 'bot' ? 'answer' : 'question';
      draftsSince = 0;
    }
  }
  return { drafts, doubled, stale, lost: newest === 'question' && draftsSince === 0 ? 1 : 0 };
}

/** Kills at one point, and what became of the conversations that were begun in the lives which they ended. */
export type Row = Verdict & { readonly name: string; readonly kills: number; readonly acknowledged: number };

export function sumRows(name: string, rows: readonly Row[]): Row {
  const sum = (read: (row: Row) => number): number => rows.reduce((total, row) => total + read(row), 0);
  return {
    name,
    kills: sum((row) => row.kills),
    acknowledged: sum((row) => row.acknowledged),
    drafts: sum((row) => row.drafts),
    lost: sum((row) => row.lost),
    doubled: sum((row) => row.doubled),
    stale: sum((row) => row.stale),
  };
}

const columns = ['kills', 'acknowledged', 'drafts', 'lost', 'doubled', 'stale'] as const;

/** As a Markdown table. */
export function renderRows(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const cells = (first: string, others: readonly (string | number)[]): string =>
    `| ${first.padEnd(width)} | ${others.map((other, index) => String(other).padStart(columns[index]?.length ?? 0)).join(' | ')} |`;
  const line = cells(
    '-'.repeat(width),
    columns.map((column) => `${'-'.repeat(column.length - 1)}:`),
  );
  const body = rows.map((row) =>
    cells(
      row.name,
      columns.map((column) => row[column]),
    ),
  );
  return [cells('killed', columns), line, ...body].join('\n');
}
