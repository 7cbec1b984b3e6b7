import { z } from 'zod';
import {
  type ConversationId,
  parseConversationId,
  parsePartId,
  parseTurnId,
  parseWorkspaceId,
  type TurnId,
  type WorkspaceId,
} from '../domain/ids.ts';
import { isLater } from '../domain/position.ts';
import type { TurnReach } from '../domain/sweep.ts';
import type { Turn, TurnState } from '../domain/turn.ts';
import { forUpdate, type Queryable, queryRows } from './database.ts';
import { emptySql, joinSql, type Sql, sql } from './sql.ts';

/** All of a turn's columns, as `TurnRow` reads them. */
export const turnColumns = sql`id, workspace_id, conversation_id, state, opened_at, up_to_part_id, up_to_seconds, attempt, faults,
  due_at, lease_owner, lease_ends_at, ended_at, part_id, reason`;

const base = {
  id: z.string().transform(parseTurnId),
  workspace_id: z.string().transform(parseWorkspaceId),
  conversation_id: z.string().transform(parseConversationId),
  opened_at: z.number(),
  up_to_part_id: z.string().transform(parsePartId).nullable(),
  up_to_seconds: z.number(),
  attempt: z.number(),
  faults: z.number(),
};

const StateRow = z.discriminatedUnion('state', [
  z.object({ ...base, state: z.literal('waiting'), due_at: z.number(), reason: z.string().nullable() }),
  z.object({ ...base, state: z.literal('working'), lease_owner: z.string(), lease_ends_at: z.number() }),
  z.object({
    ...base,
    state: z.literal('delivered'),
    ended_at: z.number(),
    part_id: z.string().transform(parsePartId),
  }),
  z.object({
    ...base,
    state: z.enum(['withheld', 'skipped', 'superseded', 'dead']),
    ended_at: z.number(),
    reason: z.string(),
  }),
]);

/** A stored turn. */
export const TurnRow = StateRow.transform((row): Turn => {
  const common = {
    id: row.id,
    workspaceId: row.workspace_id,
    conversationId: row.conversation_id,
    openedAt: row.opened_at,
    upTo: { partId: row.up_to_part_id ?? undefined, at: row.up_to_seconds },
    attempt: row.attempt,
    faults: row.faults,
  };
  switch (row.state) {
    case 'waiting':
      return { ...common, state: 'waiting', dueAt: row.due_at, lastError: row.reason ?? undefined };
    case 'working':
      return { ...common, state: 'working', lease: { owner: row.lease_owner, endsAt: row.lease_ends_at } };
    case 'delivered':
      return { ...common, state: 'delivered', endedAt: row.ended_at, partId: row.part_id };
    default:
      return { ...common, state: row.state, endedAt: row.ended_at, reason: row.reason };
  }
});

/** The columns that a state fills, and no others: the schema's checks say the same. */
function stateColumns(turn: Turn): {
  due: number | null;
  owner: string | null;
  leaseEnds: number | null;
  ended: number | null;
  part: string | null;
  reason: string | null;
} {
  const none = { due: null, owner: null, leaseEnds: null, ended: null, part: null, reason: null };
  switch (turn.state) {
    case 'waiting':
      return { ...none, due: turn.dueAt, reason: turn.lastError ?? null };
    case 'working':
      return { ...none, owner: turn.lease.owner, leaseEnds: turn.lease.endsAt };
    case 'delivered':
      return { ...none, ended: turn.endedAt, part: turn.partId };
    default:
      return { ...none, ended: turn.endedAt, reason: turn.reason };
  }
}

function rowOf(turn: Turn): Sql {
  const state = stateColumns(turn);
  const upTo = sql`${turn.upTo.partId ?? null}, ${turn.upTo.at}`;
  const life = sql`${state.due}, ${state.owner}, ${state.leaseEnds}, ${state.ended}, ${state.part}, ${state.reason}`;
  return sql`(${turn.id}, ${turn.workspaceId}, ${turn.conversationId}, ${turn.state}, ${turn.openedAt}, ${upTo},
      ${turn.attempt}, ${turn.faults}, ${life})`;
}

/** @throws when the conversation has a live turn already: the database holds that rule. */
export const insertTurn = async (db: Queryable, turn: Turn): Promise<void> => await insertTurns(db, [turn]);

/** At most some hundred. @throws when a conversation has a live turn already: the database holds that rule. */
export async function insertTurns(db: Queryable, turns: readonly Turn[]): Promise<void> {
  if (turns.length === 0) return;
  await db.query(sql`insert into turns (${turnColumns}) values ${joinSql(turns.map(rowOf), ', ')}`);
}

/**
 * Writes `next` over `previous`, and says whether it did: not when the stored turn has left the state,
 * the attempt or the owner that `previous` names. This is the fence against a worker that lost its lease.
 */
export async function updateTurn(db: Queryable, previous: Turn, next: Turn): Promise<boolean> {
  const state = stateColumns(next);
  const owner = previous.state === 'working' ? sql`and lease_owner = ${previous.lease.owner}` : emptySql;
  const updated = await db.query(sql`
    update turns set
      state = ${next.state}, opened_at = ${next.openedAt}, attempt = ${next.attempt}, faults = ${next.faults},
      up_to_part_id = ${next.upTo.partId ?? null}, up_to_seconds = ${next.upTo.at},
      due_at = ${state.due}, lease_owner = ${state.owner}, lease_ends_at = ${state.leaseEnds},
      ended_at = ${state.ended}, part_id = ${state.part}, reason = ${state.reason}
    where id = ${previous.id} and state = ${previous.state} and attempt = ${previous.attempt} ${owner}
    returning id`);
  return updated.length === 1;
}

/** One turn, or undefined when there is none with this id. */
export async function getTurn(db: Queryable, id: TurnId): Promise<Turn | undefined> {
  const rows = await queryRows(db, TurnRow, sql`select ${turnColumns} from turns where id = ${id}`);
  return rows[0];
}

/** One turn, kept from other transactions until this one ends. */
export async function lockTurn(tx: Queryable, id: TurnId): Promise<Turn | undefined> {
  const rows = await queryRows(tx, TurnRow, sql`select ${turnColumns} from turns where id = ${id} ${forUpdate(tx)}`);
  return rows[0];
}

export type ConversationKey = { readonly workspaceId: WorkspaceId; readonly conversationId: ConversationId };

const keyOf = ({ workspaceId, conversationId }: ConversationKey): string => `${workspaceId}/${conversationId}`;

/**
 * Makes conversations the transaction's own until that ends, also while they have no turn yet: whoever may
 * open a turn takes this first, so that two instances can't open two. Always in the same order, since two that want
 * the same conversations would else wait for each other. SQLite has one writer at a time.
 */
async function lockConversations(tx: Queryable, conversations: readonly ConversationKey[]): Promise<void> {
  if (tx.dialect !== 'postgres') return;
  const keys = conversations.map((conversation) => sql`(${keyOf(conversation)})`);
  await tx.query(
    sql`select pg_advisory_xact_lock(hashtextextended(k.column1, 0)) from (values ${joinSql(keys, ', ')}) as k`,
  );
}

/** Makes one conversation the transaction's own; see `lockConversations`. */
export const lockConversation = async (
  tx: Queryable,
  workspaceId: WorkspaceId,
  conversationId: ConversationId,
): Promise<void> => await lockConversations(tx, [{ workspaceId, conversationId }]);

/**
 * The newest turn of each conversation, in their order, undefined where there is none; the conversations are the
 * transaction's own from here on, see `lockConversations`.
 */
export async function lockNewestTurns(
  tx: Queryable,
  conversations: readonly ConversationKey[],
): Promise<readonly (Turn | undefined)[]> {
  await lockConversations(tx, conversations);
  const keys = conversations.map((key) => sql`(${key.workspaceId}, ${key.conversationId})`);
  const turns = await queryRows(
    tx,
    TurnRow,
    sql`
      select ${turnColumns} from turns where id in (
        select (
          select turns.id from turns where turns.workspace_id = k.column1 and turns.conversation_id = k.column2
          order by case when state in ('waiting', 'working') then 0 else 1 end, opened_at desc, up_to_seconds desc, id desc
          limit 1
        ) from (values ${joinSql(keys, ', ')}) as k
      ) ${forUpdate(tx)}`,
  );
  const byKey = new Map(turns.map((turn) => [keyOf(turn), turn]));
  return conversations.map((conversation) => byKey.get(keyOf(conversation)));
}

/** The newest turn of one conversation, which is the transaction's own from here on. */
export async function lockNewestTurn(
  tx: Queryable,
  workspaceId: WorkspaceId,
  conversationId: ConversationId,
): Promise<Turn | undefined> {
  return (await lockNewestTurns(tx, [{ workspaceId, conversationId }]))[0];
}

/** Which of `held` are still working under `owner`; the others were superseded or taken over. */
export async function extendLeases(
  db: Queryable,
  owner: string,
  held: readonly TurnId[],
  leaseEndsAt: number,
): Promise<ReadonlySet<TurnId>> {
  const list = joinSql(
    held.map((id) => sql`${id}`),
    ', ',
  );
  const rows = await queryRows(
    db,
    z.object({ id: base.id }),
    sql`
      update turns set lease_ends_at = ${leaseEndsAt}
      where id in (${list}) and state = 'working' and lease_owner = ${owner}
      returning id`,
  );
  return new Set(rows.map((row) => row.id));
}

const ReachRow = z.object({
  conversation_id: base.conversation_id,
  up_to_seconds: z.number(),
  up_to_part_id: base.up_to_part_id,
  state: z.enum(['waiting', 'working', 'delivered', 'withheld', 'skipped', 'superseded', 'dead']),
});

/** How far the turns of each of these conversations reach; those without a turn are left out. */
export async function newestReaches(
  db: Queryable,
  workspaceId: WorkspaceId,
  conversationIds: readonly ConversationId[],
): Promise<ReadonlyMap<ConversationId, TurnReach>> {
  if (conversationIds.length === 0) return new Map();
  const list = joinSql(
    conversationIds.map((id) => sql`${id}`),
    ', ',
  );
  const rows = await queryRows(
    db,
    ReachRow,
    sql`
      select conversation_id, up_to_seconds, up_to_part_id, state from turns
      where workspace_id = ${workspaceId} and conversation_id in (${list})
        and up_to_seconds = (
          select max(others.up_to_seconds) from turns as others
          where others.workspace_id = turns.workspace_id and others.conversation_id = turns.conversation_id
        )`,
  );
  const reaches = new Map<ConversationId, TurnReach>();
  for (const { conversation_id, up_to_seconds: at, up_to_part_id, state } of rows) {
    const upTo = { partId: up_to_part_id ?? undefined, at };
    const other = reaches.get(conversation_id);
    const farther = other !== undefined && !isLater(upTo, other.upTo) ? other.upTo : upTo;
    reaches.set(conversation_id, { upTo: farther, states: [...(other?.states ?? []), state] });
  }
  return reaches;
}

/** Whether a turn other than `turn` ended with a draft, posted or withheld, for the same part of the contact. */
export async function isPartCovered(db: Queryable, turn: Turn): Promise<boolean> {
  if (turn.upTo.partId === undefined) return false;
  const rows = await db.query(sql`
    select 1 as found from turns
    where workspace_id = ${turn.workspaceId} and conversation_id = ${turn.conversationId} and id <> ${turn.id}
      and state in ('delivered', 'withheld') and up_to_part_id = ${turn.upTo.partId}
    limit 1`);
  return rows.length > 0;
}

export type TurnFilter = {
  readonly state: TurnState | undefined;
  readonly conversationId: ConversationId | undefined;
};

/** Newest first. */
export async function listTurns(db: Queryable, filter: TurnFilter, limit: number): Promise<readonly Turn[]> {
  const conditions: Sql[] = [sql`1 = 1`];
  if (filter.state !== undefined) conditions.push(sql`state = ${filter.state}`);
  if (filter.conversationId !== undefined) conditions.push(sql`conversation_id = ${filter.conversationId}`);
  return await queryRows(
    db,
    TurnRow,
    sql`select ${turnColumns} from turns where ${joinSql(conditions, ' and ')} order by opened_at desc, up_to_seconds desc, id desc limit ${limit}`,
  );
}

const CountRow = z.object({ state: z.string(), turns: z.number() });

/** How many turns are live, by state. */
export async function countLiveTurns(db: Queryable): Promise<{ readonly waiting: number; readonly working: number }> {
  const rows = await queryRows(
    db,
    CountRow,
    sql`select state, count(*) as turns from turns where state in ('waiting', 'working') group by state`,
  );
  const count = (state: string) => rows.find((row) => row.state === state)?.turns ?? 0;
  return { waiting: count('waiting'), working: count('working') };
}

/** Forgets turns that ended before `before`, with what they posted and did; returns how many. */
export async function deleteTurnsBefore(db: Queryable, before: number, limit: number): Promise<number> {
  const deleted = await db.query(sql`
    delete from turns
    where id in (select id from turns where ended_at < ${before} order by ended_at limit ${limit})
    returning id`);
  return deleted.length;
}
