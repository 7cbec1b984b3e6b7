import { z } from 'zod';
import type { KnowledgeDocument, Passage } from '../domain/passage.ts';
import { type Queryable, queryRows } from './database.ts';
import { joinSql, sql } from './sql.ts';

/** Rows of one insert: both engines limit the number of values. */
const rowsMax = 200;

const IdRow = z.object({ id: z.string() });

/** Puts these passages in the place of the document's; those that stay the same keep their vectors. */
export async function replacePassages(tx: Queryable, documentId: string, passages: readonly Passage[]): Promise<void> {
  const wanted = new Set(passages.map(({ id }) => id));
  const stored = await queryRows(tx, IdRow, sql`select id from passages where document_id = ${documentId}`);
  for (const { id } of stored) if (!wanted.has(id)) await tx.query(sql`delete from passages where id = ${id}`);
  for (let from = 0; from < passages.length; from += rowsMax) {
    const rows = passages.slice(from, from + rowsMax).map(({ id, headingPath, text, url, language }, index) => {
      const place = sql`${id}, ${documentId}, ${from + index}`;
      return sql`(${place}, ${JSON.stringify(headingPath)}, ${text}, ${url ?? null}, ${language ?? null})`;
    });
    await tx.query(sql`
      insert into passages (id, document_id, ordinal, heading_path, text, url, language)
      values ${joinSql(rows, ', ')}
      on conflict (id) do update set ordinal = excluded.ordinal, heading_path = excluded.heading_path,
        text = excluded.text, url = excluded.url, language = excluded.language`);
  }
}

const HeadingPath = z.array(z.string());

const PassageRow = z.object({
  id: z.string(),
  document_id: z.string(),
  heading_path: z.string().transform((json) => HeadingPath.parse(JSON.parse(json))),
  text: z.string(),
  url: z.string().nullable(),
  language: z.string().nullable(),
});

/** The passages of these documents, by document, in their order. */
export async function listPassages(
  db: Queryable,
  documents: readonly KnowledgeDocument[],
): Promise<ReadonlyMap<string, readonly Passage[]>> {
  const passages = new Map<string, Passage[]>(documents.map(({ id }) => [id, []]));
  if (documents.length === 0) return passages;
  const byId = new Map(documents.map((document) => [document.id, document]));
  const ids = joinSql(
    documents.map(({ id }) => sql`${id}`),
    ', ',
  );
  const rows = await queryRows(
    db,
    PassageRow,
    sql`select id, document_id, heading_path, text, url, language from passages
        where document_id in (${ids}) order by document_id, ordinal`,
  );
  for (const row of rows) {
    const document = byId.get(row.document_id);
    if (document === undefined) continue;
    passages.get(document.id)?.push({
      id: row.id,
      documentId: document.id,
      kind: document.kind,
      title: document.title,
      headingPath: row.heading_path,
      text: row.text,
      url: row.url ?? undefined,
      language: row.language ?? undefined,
      audience: document.audience,
    });
  }
  return passages;
}
