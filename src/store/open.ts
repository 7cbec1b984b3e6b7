import type { Database } from './database.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';

/** Where the data lives. A PostgreSQL URL may hold a password: never print it. */
export type DatabaseSource =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema?: string };

/** Connections of one instance; it works with a few at a time. */
const connectionsMax = 10;

/** Opens, and does not migrate. A PostgreSQL server is first spoken to by the first query. */
export function openDatabase(source: DatabaseSource): Database {
  if (source.kind === 'sqlite') return openSqlite(source.path);
  const { url, schema } = source;
  return openPostgres(url, { connectionsMax, ...(schema === undefined ? {} : { schema }) });
}
