import { z } from 'zod';
import { type Queryable, queryRows } from './database.ts';
import { joinSql, type Sql, sql, type SqlValue } from './sql.ts';

/** A table as the database itself describes it. */
export type Table = { readonly name: string; readonly columns: readonly string[]; readonly key: readonly string[] };

const NameRow = z.object({ name: z.string().regex(/^[a-z_][a-z0-9_]*$/) });
const ColumnRow = z.object({ name: z.string().regex(/^[a-z_][a-z0-9_]*$/), key_place: z.number() });

/** Of how the data came to be, and no data. */
const ownTables = new Set(['migrations', 'moved']);

/** A checked name as SQL; values go as parameters, names can't. */
const named = (name: string): Sql => ({ texts: [`"${name}"`], values: [] });
const namedList = (names: readonly string[]): Sql => joinSql(names.map(named), ', ');

/** All tables that hold data, those that others refer to first: migrations make them in that order. */
export async function listTables(db: Queryable): Promise<readonly Table[]> {
  const names = await queryRows(
    db,
    NameRow,
    db.dialect === 'sqlite'
      ? sql`select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by rowid`
      : sql`
          select relname as name from pg_class
          where relkind = 'r' and relnamespace = current_schema()::regnamespace order by oid`,
  );
  const tables: Table[] = [];
  for (const { name } of names) {
    if (!ownTables.has(name)) tables.push(await describe(db, name));
  }
  return tables;
}

async function describe(db: Queryable, name: string): Promise<Table> {
  const columns = await queryRows(
    db,
    ColumnRow,
    db.dialect === 'sqlite'
      ? sql`select name, pk as key_place from pragma_table_info(${name}) order by cid`
      : sql`
          select attname as name, coalesce(array_position(indkey::int2[], attnum), -1) + 1 as key_place
          from pg_attribute left join pg_index on indrelid = attrelid and indisprimary
          where attrelid = to_regclass(${name}) and attnum > 0 and not attisdropped order by attnum`,
  );
  const key = columns.filter((column) => column.key_place > 0).toSorted((a, b) => a.key_place - b.key_place);
  return { name, columns: columns.map((column) => column.name), key: key.map((column) => column.name) };
}

/** Values in the order of the table's columns. */
export type Values = readonly SqlValue[];

const Value = z.union([z.string(), z.number(), z.null()]);

const pageSize = 500;

/** All rows, some hundred at a time; by key, so that a snapshot can be read in pieces. */
export async function* readTable(at: Queryable, table: Table): AsyncGenerator<readonly Values[]> {
  const { columns, key } = table;
  const places = key.map((name) => columns.indexOf(name));
  const from = sql`select ${namedList(columns)} from ${named(table.name)}`;
  let last: Values | undefined;
  for (;;) {
    const after =
      last === undefined
        ? sql``
        : sql`where (${namedList(key)}) > (${joinSql(
            places.map((place) => sql`${last?.[place] ?? null}`),
            ', ',
          )})`;
    // A table without a key holds a row or two.
    const page = key.length === 0 ? sql`` : sql`order by ${namedList(key)} limit ${pageSize}`;
    const rows = await at.query(sql`${from} ${after} ${page}`);
    const values = rows.map((row) => columns.map((name) => Value.parse(row[name])));
    if (values.length > 0) yield values;
    last = values.at(-1);
    if (key.length === 0 || values.length < pageSize) return;
  }
}

/** So many parameters at most in a statement; both engines take more. */
const parametersMax = 10_000;

export async function insertRows(tx: Queryable, table: Table, rows: readonly Values[]): Promise<void> {
  const perStatement = Math.max(Math.floor(parametersMax / table.columns.length), 1);
  for (let done = 0; done < rows.length; done += perStatement) {
    const lists = rows.slice(done, done + perStatement).map((values) => {
      const list = joinSql(
        values.map((value) => sql`${value}`),
        ', ',
      );
      return sql`(${list})`;
    });
    await tx.query(sql`insert into ${named(table.name)} (${namedList(table.columns)}) values ${joinSql(lists, ', ')}`);
  }
}

/** Removes what the migrations themselves put in. */
export async function emptyTables(tx: Queryable, tables: readonly Table[]): Promise<void> {
  for (const { name } of tables.toReversed()) await tx.query(sql`delete from ${named(name)}`);
}

/** Refuses every write from now on, in whichever process; `why` is a sentence for the operator. SQLite only. */
export async function refuseWrites(tx: Queryable, tables: readonly Table[], why: string): Promise<void> {
  const quoted = `'${why.replaceAll("'", "''")}'`;
  for (const { name } of tables) {
    for (const change of ['insert', 'update', 'delete']) {
      const text = `create trigger moved_${name}_${change} before ${change} on "${name}" begin select raise(abort, ${quoted}); end`;
      await tx.query({ texts: [text], values: [] });
    }
  }
}
