import type { Queryable } from './database.ts';
import { sql } from './sql.ts';

/**
 * Has PostgreSQL clean up behind the turns by their number, not by a share of the history. Each turn leaves some dead
 * entries in the small indexes of what is live, and every look for work passes them until they are cleaned away; by
 * PostgreSQL's defaults that comes after a fifth of the table has changed, so that looks would grow with the history.
 * It also may leave the indexes out where only few pages have changed, hence `vacuum_index_cleanup`:
 * https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS. What an operator has
 * set stays, and a login that is not the table's owner leaves it to the owner. Measured: docs/decisions/0026-vacuum-by-number.md.
 */
export async function keepVacuumed(tx: Queryable): Promise<void> {
  const untouched = await tx.query(sql`
    select 1 as found from pg_class
    where oid = to_regclass('turns') and reloptions is null and pg_has_role(relowner, 'usage')`);
  if (untouched.length === 0) return;
  await tx.query(sql`
    alter table turns set (
      autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 3000,
      autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 3000,
      vacuum_index_cleanup = on)`);
}
