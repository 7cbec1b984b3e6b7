import { z } from 'zod';
import type { Database, Queryable } from './database.ts';
import { queryRows } from './database.ts';
import { lockKnowledge, recordChanges } from './knowledge-version.ts';
import { joinSql, sql } from './sql.ts';

/** What has to be the same for two vectors to be compared, apart from their dimension. */
export type VectorSpace = {
  readonly model: string;
  /** The model's version where its server tells one, else ''. */
  readonly revision: string;
  /** What stands before a passage when it is embedded, else ''. */
  readonly prefix: string;
};

/** A passage that has no vector in a space, with what is embedded of it. */
export type UnembeddedPassage = {
  readonly id: string;
  readonly documentId: string;
  readonly title: string;
  readonly headingPath: readonly string[];
  readonly text: string;
};

const UnembeddedRow = z
  .object({
    id: z.string(),
    document_id: z.string(),
    title: z.string(),
    heading_path: z.string(),
    text: z.string(),
  })
  .transform((row): UnembeddedPassage => ({
    id: row.id,
    documentId: row.document_id,
    title: row.title,
    headingPath: z.array(z.string()).parse(JSON.parse(row.heading_path)),
    text: row.text,
  }));

/** Passages without a vector in `space`, by document; at most `limit`. */
export async function listUnembedded(
  db: Queryable,
  { model, revision, prefix }: VectorSpace,
  limit: number,
): Promise<readonly UnembeddedPassage[]> {
  return await queryRows(
    db,
    UnembeddedRow,
    sql`select passages.id, passages.document_id, documents.title, passages.heading_path, passages.text
        from passages join documents on documents.id = passages.document_id
        where not exists (
          select 1 from vectors where vectors.passage_id = passages.id
            and vectors.model = ${model} and vectors.revision = ${revision} and vectors.prefix = ${prefix})
        order by passages.document_id, passages.ordinal limit ${limit}`,
  );
}

/** Stores vectors; those of passages that went in the meantime are dropped. Their documents count as changed. */
export async function saveVectors(
  db: Database,
  { model, revision, prefix }: VectorSpace,
  vectors: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  await db.transaction(async (tx) => {
    await lockKnowledge(tx);
    const changed = new Set<string>();
    for (const [passageId, vector] of vectors) {
      const [passage] = await tx.query(sql`select document_id from passages where id = ${passageId}`);
      if (passage === undefined) continue;
      changed.add(String(passage['document_id']));
      await tx.query(sql`
        insert into vectors (passage_id, model, revision, prefix, dimension, vector)
        values (${passageId}, ${model}, ${revision}, ${prefix}, ${vector.length}, ${encodeVector(vector)})
        on conflict (passage_id) do update set model = excluded.model, revision = excluded.revision,
          prefix = excluded.prefix, dimension = excluded.dimension, vector = excluded.vector`);
    }
    await recordChanges(tx, [...changed]);
  });
}

const VectorRow = z.object({ passage_id: z.string(), vector: z.string() });

/** The vectors of these passages in `space`, by passage. */
export async function listVectors(
  db: Queryable,
  { model, revision, prefix }: VectorSpace,
  passageIds: readonly string[],
): Promise<ReadonlyMap<string, Float32Array>> {
  if (passageIds.length === 0) return new Map();
  const ids = joinSql(
    passageIds.map((id) => sql`${id}`),
    ', ',
  );
  const rows = await queryRows(
    db,
    VectorRow,
    sql`select passage_id, vector from vectors
        where model = ${model} and revision = ${revision} and prefix = ${prefix} and passage_id in (${ids})`,
  );
  return new Map(rows.map((row) => [row.passage_id, decodeVector(row.vector)]));
}

const floatBytes = 4;

/** Base64 of little-endian floats, whatever the machine's own order is. */
function encodeVector(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * floatBytes);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * floatBytes);
  return bytes.toString('base64');
}

function decodeVector(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return Float32Array.from({ length: bytes.length / floatBytes }, (_, index) => bytes.readFloatLE(index * floatBytes));
}
