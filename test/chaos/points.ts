import type { Reach } from '../../src/app/core.ts';
import type { Database, Queryable } from '../../src/store/database.ts';
import type { Sql } from '../../src/store/sql.ts';

/** Hears the name of each point that is passed, such as `after intercom.postPart`. */
type OnPoint = (point: string) => void;

/**
 * A watch over every await point of an app: a turn can only wait for a database, Intercom or the model, so each of
 * their calls has a point before and a point after it, each statement in a transaction one before it, and each event of
 * the model's stream one after it. A stage that is added later has its points without a word here.
 */
export function watchPoints({ db, intercom, model }: Reach, onPoint: OnPoint): Reach {
  return {
    db: watchDatabase(db, onPoint),
    intercom: watchMethods('intercom', intercom, onPoint),
    model: watchMethods('model', model, onPoint),
  };
}

function watchDatabase(db: Database, onPoint: OnPoint): Database {
  return {
    dialect: db.dialect,
    description: db.description,
    query: async (statement) => {
      const name = statementName(statement);
      onPoint(`before ${name}`);
      const rows = await db.query(statement);
      onPoint(`after ${name}`);
      return rows;
    },
    transaction: async (work, durability, onCommitted) => {
      onPoint('before begin');
      const watched = async (tx: Queryable) => {
        const result = await work(watchTransaction(tx, onPoint));
        onPoint('before commit');
        return result;
      };
      const value = await db.transaction(watched, durability, (result) => {
        onPoint('before flush');
        onCommitted?.(result);
      });
      onPoint('after commit');
      return value;
    },
    [Symbol.asyncDispose]: async () => await db[Symbol.asyncDispose](),
  };
}

const watchTransaction = (tx: Queryable, onPoint: OnPoint): Queryable => ({
  dialect: tx.dialect,
  query: async (statement) => {
    onPoint(`before ${statementName(statement)}`);
    return await tx.query(statement);
  },
});

/** What a statement does to which table: `insert turns`. */
function statementName({ texts }: Sql): string {
  const text = texts.join('?');
  const verb = /^\s*(?:select|insert|update|delete)/i.exec(text)?.[0].trim() ?? 'statement';
  const table = /\b(?:from|into|update)\s+(\w+)/i.exec(text)?.[1] ?? '';
  return `${verb} ${table === '' ? 'lock' : table}`;
}

/** Any object of async methods; one that gives a stream has a point after each of its events. */
function watchMethods<Target extends object>(name: string, target: Target, onPoint: OnPoint): Target {
  return new Proxy(target, {
    get(real, property) {
      const method: unknown = Reflect.get(real, property);
      if (typeof method !== 'function' || typeof property === 'symbol') return method;
      const call = `${name}.${property}`;
      return (...args: readonly unknown[]): unknown => {
        onPoint(`before ${call}`);
        const result: unknown = Reflect.apply(method, real, args);
        if (isStream(result)) return watchStream(call, result, onPoint);
        return result instanceof Promise ? after(call, result, onPoint) : result;
      };
    },
  });
}

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

async function after(call: string, result: Promise<unknown>, onPoint: OnPoint): Promise<unknown> {
  const value = await result;
  onPoint(`after ${call}`);
  return value;
}

async function* watchStream(call: string, events: AsyncIterable<unknown>, onPoint: OnPoint): AsyncGenerator {
  for await (const event of events) {
    onPoint(`amid ${call}`);
    yield event;
  }
  onPoint(`after ${call}`);
}
