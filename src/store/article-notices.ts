import { z } from 'zod';
import { type Queryable, queryRows } from './database.ts';
import { sql } from './sql.ts';

/** An article that a notification speaks of. `heardAt` in ms. */
export type ArticleNotice = { readonly articleId: string; readonly heardAt: number };

/** Keeps that an article has changed; several notices of one article are one. */
export async function noteArticle(db: Queryable, articleId: string, now: number): Promise<void> {
  await db.query(sql`
    insert into article_notices (article_id, heard_at) values (${articleId}, ${now})
    on conflict (article_id) do update set heard_at =
      case when excluded.heard_at > article_notices.heard_at then excluded.heard_at else article_notices.heard_at + 1 end`);
}

const NoticeRow = z
  .object({ article_id: z.string(), heard_at: z.number() })
  .transform((row): ArticleNotice => ({ articleId: row.article_id, heardAt: row.heard_at }));

/** Oldest first, at most `limit`. */
export async function listArticleNotices(db: Queryable, limit: number): Promise<readonly ArticleNotice[]> {
  return await queryRows(
    db,
    NoticeRow,
    sql`select article_id, heard_at from article_notices order by heard_at, article_id limit ${limit}`,
  );
}

/** Drops a notice whose article was read since; one that was heard in the meantime stays. */
export async function dropArticleNotice(db: Queryable, { articleId, heardAt }: ArticleNotice): Promise<void> {
  await db.query(sql`delete from article_notices where article_id = ${articleId} and heard_at = ${heardAt}`);
}
