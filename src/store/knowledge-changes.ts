import { z } from 'zod';
import type { KnowledgeDocument, Passage } from '../domain/passage.ts';
import { type Queryable, queryRows } from './database.ts';
import { listPassages } from './passages.ts';
import { joinSql, sql } from './sql.ts';

/** What became of a document. `stored` is undefined when it is gone. */
export type DocumentChange = {
  readonly documentId: string;
  readonly version: number;
  readonly stored: { readonly document: KnowledgeDocument; readonly passages: readonly Passage[] } | undefined;
};

const ChangeRow = z.object({ document_id: z.string(), version: z.number() });

const DocumentRow = z
  .object({
    id: z.string(),
    source_name: z.string(),
    kind: z.enum(['article', 'internal-article', 'macro', 'file', 'web']),
    title: z.string(),
    url: z.string().nullable(),
    locale: z.string().nullable(),
    audience: z.enum(['public', 'internal']),
    markdown: z.string(),
    updated_seconds: z.number().nullable(),
  })
  .transform((row): KnowledgeDocument => ({
    id: row.id,
    kind: row.kind,
    sourceName: row.source_name,
    title: row.title,
    url: row.url ?? undefined,
    locale: row.locale ?? undefined,
    audience: row.audience,
    markdown: row.markdown,
    updatedAt: row.updated_seconds ?? undefined,
  }));

/**
 * The changes after `after`, oldest first: at least `limit` of them where there are so many, and always all of
 * one version, so that the last one's version is where to go on.
 */
export async function readChanges(db: Queryable, after: number, limit: number): Promise<readonly DocumentChange[]> {
  const changes = await queryRows(
    db,
    ChangeRow,
    sql`select document_id, version from document_changes
        where version > ${after} and version <= coalesce((
          select version from document_changes where version > ${after} order by version limit 1 offset ${limit - 1}
        ), ${Number.MAX_SAFE_INTEGER})
        order by version, document_id`,
  );
  if (changes.length === 0) return [];
  const ids = joinSql(
    changes.map((change) => sql`${change.document_id}`),
    ', ',
  );
  const documents = await queryRows(
    db,
    DocumentRow,
    sql`select id, source_name, kind, title, url, locale, audience, markdown, updated_seconds
        from documents where id in (${ids})`,
  );
  const passages = await listPassages(db, documents);
  const byId = new Map(documents.map((document) => [document.id, document]));
  return changes.map(({ document_id: documentId, version }) => {
    const document = byId.get(documentId);
    if (document === undefined) return { documentId, version, stored: undefined };
    return { documentId, version, stored: { document, passages: passages.get(documentId) ?? [] } };
  });
}
