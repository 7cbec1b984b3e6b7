/**
 * SQL as a value: the statement's text in pieces and its parameters apart, so that one statement
 * serves SQLite (`?`) and PostgreSQL (`$1`) and no value is ever pasted into the text.
 */

/** What both engines can bind: times are ms since the epoch, JSON is text. */
export type SqlValue = string | number | null;

export type Sql = { readonly texts: readonly string[]; readonly values: readonly SqlValue[] };

const isSql = (piece: Sql | SqlValue): piece is Sql => typeof piece === 'object' && piece !== null;

/** `` sql`select ${value} ${fragment}` ``: values become parameters, other statements are spliced in. */
export function sql(strings: TemplateStringsArray, ...pieces: readonly (Sql | SqlValue)[]): Sql {
  const texts: string[] = [strings[0] ?? ''];
  const values: SqlValue[] = [];
  const append = (text: string) => texts.push((texts.pop() ?? '') + text);
  for (const [index, piece] of pieces.entries()) {
    if (isSql(piece)) {
      append(piece.texts[0] ?? '');
      texts.push(...piece.texts.slice(1));
      values.push(...piece.values);
      append(strings[index + 1] ?? '');
    } else {
      values.push(piece);
      texts.push(strings[index + 1] ?? '');
    }
  }
  return { texts, values };
}

export const emptySql: Sql = sql``;

/** Statements one after another, with `separator` between them. */
export function joinSql(statements: readonly Sql[], separator: ', ' | ' and '): Sql {
  const between = separator === ', ' ? sql`, ` : sql` and `;
  let joined = emptySql;
  for (const [index, statement] of statements.entries()) {
    joined = index === 0 ? statement : sql`${joined}${between}${statement}`;
  }
  return joined;
}

/** A statement's values as both engines can keep them: PostgreSQL's text holds no NUL, so U+FFFD stands for it. */
export const bindable = ({ values }: Sql): SqlValue[] =>
  values.map((value) => (typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value));

/** The text with a placeholder for each value: `placeholder(1)` for the first. */
export function renderSql(statement: Sql, placeholder: (position: number) => string): string {
  let text = statement.texts[0] ?? '';
  for (let position = 1; position < statement.texts.length; position += 1) {
    text += placeholder(position) + (statement.texts[position] ?? '');
  }
  return text;
}
