import { z } from 'zod';
import type { KnowledgeDocument, Passage } from '../domain/passage.ts';
import { type Database, type Queryable, queryRows } from './database.ts';
import { lockKnowledge, recordChanges } from './knowledge-version.ts';
import { replacePassages } from './passages.ts';
import { joinSql, type Sql, sql } from './sql.ts';

/** A document as a sync stores it. */
export type SplitDocument = {
  readonly document: KnowledgeDocument;
  readonly passages: readonly Passage[];
  /** Of everything that the passages are made of: the same hash means that nothing has to be written. */
  readonly contentHash: string;
};

/** What a source reads at once: an article with its translations, a file, a page. */
export type StoredItem = {
  readonly sourceName: string;
  readonly itemId: string;
  readonly validator: string | undefined;
  /** None when the item has nothing to say any more. */
  readonly documents: readonly SplitDocument[];
};

/** How many documents were written, and how many taken away. */
export type Written = { readonly changed: number; readonly removed: number };

const HashRow = z.object({ id: z.string(), content_hash: z.string() });

/** Stores an item as it is now; `seenAt` in ms. What has not changed costs no version. */
export async function saveItem(db: Database, item: StoredItem, seenAt: number): Promise<Written> {
  return await db.transaction(async (tx) => {
    await lockKnowledge(tx);
    const stored = await queryRows(
      tx,
      HashRow,
      sql`select id, content_hash from documents where source_name = ${item.sourceName} and item_id = ${item.itemId}`,
    );
    const hashes = new Map(stored.map((row) => [row.id, row.content_hash]));
    const changed = item.documents.filter(({ document, contentHash }) => hashes.get(document.id) !== contentHash);
    const kept = new Set(item.documents.map(({ document }) => document.id));
    const removed = stored.flatMap(({ id }) => (kept.has(id) ? [] : [id]));
    for (const document of changed) await saveDocument(tx, item, document, seenAt);
    await removeDocuments(tx, removed);
    await tx.query(sql`
      update documents set seen_at = ${seenAt}, validator = ${item.validator ?? null}
      where source_name = ${item.sourceName} and item_id = ${item.itemId}`);
    await recordChanges(tx, [...changed.map(({ document }) => document.id), ...removed]);
    return { changed: changed.length, removed: removed.length };
  });
}

async function saveDocument(
  tx: Queryable,
  { sourceName, itemId, validator }: StoredItem,
  { document, passages, contentHash }: SplitDocument,
  seenAt: number,
): Promise<void> {
  const { id, kind, title, url, locale, audience, markdown, updatedAt } = document;
  const place = sql`${id}, ${sourceName}, ${itemId}, ${kind}`;
  const said = sql`${title}, ${url ?? null}, ${locale ?? null}, ${audience}, ${markdown}, ${updatedAt ?? null}`;
  await tx.query(sql`
    insert into documents
      (id, source_name, item_id, kind, title, url, locale, audience, markdown, updated_seconds, content_hash,
       validator, seen_at)
    values (${place}, ${said}, ${contentHash}, ${validator ?? null}, ${seenAt})
    on conflict (id) do update set source_name = excluded.source_name, item_id = excluded.item_id,
      kind = excluded.kind, title = excluded.title, url = excluded.url, locale = excluded.locale,
      audience = excluded.audience, markdown = excluded.markdown, updated_seconds = excluded.updated_seconds,
      content_hash = excluded.content_hash`);
  await replacePassages(tx, id, passages);
}

async function removeDocuments(tx: Queryable, ids: readonly string[]): Promise<void> {
  for (const id of ids) await tx.query(sql`delete from documents where id = ${id}`);
}

const IdRow = z.object({ id: z.string() });

/** Removes a source's documents for which `condition` holds; returns how many. */
async function removeWhere(db: Database, condition: Sql): Promise<number> {
  return await db.transaction(async (tx) => {
    await lockKnowledge(tx);
    const removed = await queryRows(tx, IdRow, sql`delete from documents where ${condition} returning id`);
    const ids = removed.map(({ id }) => id);
    for (let from = 0; from < ids.length; from += 500) await recordChanges(tx, ids.slice(from, from + 500));
    return ids.length;
  });
}

/** Removes what a complete sync that began at `startedAt` (ms) has not found. */
export const removeUnseen = async (db: Database, sourceName: string, startedAt: number): Promise<number> =>
  await removeWhere(db, sql`source_name = ${sourceName} and seen_at < ${startedAt}`);

/** Removes everything of sources that are configured no more, with their record. */
export async function removeOtherSources(db: Database, names: readonly string[]): Promise<number> {
  const list = joinSql(
    names.map((name) => sql`${name}`),
    ', ',
  );
  await db.query(names.length === 0 ? sql`delete from sources` : sql`delete from sources where name not in (${list})`);
  return await removeWhere(db, names.length === 0 ? sql`1 = 1` : sql`source_name not in (${list})`);
}

/** Says that these items are still there, unchanged. */
export async function markSeen(db: Queryable, sourceName: string, itemId: string, seenAt: number): Promise<void> {
  await db.query(sql`
    update documents set seen_at = ${seenAt} where source_name = ${sourceName} and item_id = ${itemId}`);
}

/** What is known of an item: its validator, and when a sync last found it (ms). */
export type KnownItem = { readonly validator: string | undefined; readonly seenAt: number };

const ItemRow = z.object({ item_id: z.string(), validator: z.string().nullable(), seen_at: z.number() });

/** Every item of a source that has documents. */
export async function listItems(db: Queryable, sourceName: string): Promise<ReadonlyMap<string, KnownItem>> {
  const rows = await queryRows(
    db,
    ItemRow,
    sql`select item_id, validator, min(seen_at) as seen_at from documents
        where source_name = ${sourceName} group by item_id, validator`,
  );
  return new Map(rows.map((row) => [row.item_id, { validator: row.validator ?? undefined, seenAt: row.seen_at }]));
}
