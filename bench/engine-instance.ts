/**
 * One instance of the turn engine without HTTP: the real store, worker and wake line, and attempts that cost nothing. Takes
 * jobs over the IPC channel. Arguments: a `DatabaseSource` as JSON.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parseConversationId, parseTurnId, parseWorkspaceId } from '../src/domain/ids.ts';
import type { Turn, WaitingTurn } from '../src/domain/turn.ts';
import { Worker } from '../src/queue/worker.ts';
import { openDatabase } from '../src/store/open.ts';
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { sql } from '../src/store/sql.ts';
import { listTraces } from '../src/store/traces.ts';
import { countLiveTurns, insertTurns } from '../src/store/turns.ts';
import { openWakeLine } from '../src/store/wake.ts';
import { contextMaker } from '../src/wiring.ts';
import { type EngineJob, type EngineResult, JobMessage } from './engine-job.ts';
import { Place } from './places.ts';

const source = Place.parse(JSON.parse(process.argv[2] ?? ''));

/** Rows in one insert, and turns in one look of `burst`. */
const insertMax = 500;
const turnsMax = 16;

const db = openDatabase(source);
await migrate(db, readMigrations(), Date.now());
const wakeLine = source.kind === 'postgres' ? openWakeLine(source.url, () => worker.wake()) : undefined;
const preciseNow = (): number => performance.timeOrigin + performance.now();

const worker = new Worker(
  { owner: randomUUID(), turnsMax: () => turnsMax, pollMs: 1000 },
  {
    db,
    makeContext: contextMaker(0, Date.now),
    monotonicNow: () => performance.now(),
    prepare: async () => await Promise.resolve(),
    isPaused: () => false,
    run: async () => {
      const trace = JSON.stringify({ begunAt: preciseNow() });
      return await Promise.resolve({ result: { kind: 'withheld', reason: 'a benchmark' }, trace });
    },
    onClaimed: () => undefined,
    onSettled: () => undefined,
    onDied: () => undefined,
    onError: (error) => console.error(error),
  },
);

const workspaceId = parseWorkspaceId('bench');

function waiting(): WaitingTurn {
  const now = Date.now();
  const id = parseTurnId(randomUUID());
  const upTo = { partId: undefined, at: Math.floor(now / 1000) };
  const base = { id, workspaceId, conversationId: parseConversationId(id), openedAt: now, upTo, attempt: 0, faults: 0 };
  return { ...base, state: 'waiting', dueAt: now, lastError: undefined };
}

function ended(): Turn {
  const { id, workspaceId: workspace, conversationId, openedAt, upTo, attempt, faults } = waiting();
  const base = { id, workspaceId: workspace, conversationId, openedAt, upTo, attempt, faults };
  return { ...base, state: 'withheld', endedAt: openedAt, reason: 'a benchmark' };
}

async function insert(count: number, make: () => Turn): Promise<void> {
  for (let left = count; left > 0; left -= insertMax) {
    await insertTurns(db, Array.from({ length: Math.min(left, insertMax) }, make));
  }
}

function announce(): void {
  worker.wake();
  wakeLine?.send('work');
}

async function untilIdle(): Promise<void> {
  for (;;) {
    const { waiting: left, working } = await countLiveTurns(db);
    if (left + working === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const Trace = z.object({ begunAt: z.number() });

async function pickUp(): Promise<number> {
  const turn = waiting();
  await insertTurns(db, [turn]);
  const dueAt = preciseNow();
  announce();
  await untilIdle();
  const [trace] = await listTraces(db, turn.id);
  return Trace.parse(JSON.parse(trace?.trace ?? '')).begunAt - dueAt;
}

async function commit(times: number): Promise<void> {
  const turn = waiting();
  await insertTurns(db, [turn]);
  for (let done = 0; done < times; done += 1) {
    await db.transaction(
      async (tx) => await tx.query(sql`update turns set due_at = ${turn.dueAt + done} where id = ${turn.id}`),
    );
  }
  await db.query(sql`delete from turns where id = ${turn.id}`);
}

/** Gives the times of `singles`. */
async function perform(job: EngineJob): Promise<readonly number[]> {
  const pickUpsMs: number[] = [];
  switch (job.kind) {
    case 'start':
      worker.start();
      break;
    case 'fill':
      await insert(job.turns, ended);
      break;
    case 'burst':
      await insert(job.turns, waiting);
      announce();
      await untilIdle();
      break;
    case 'singles':
      for (let done = 0; done < job.turns; done += 1) pickUpsMs.push(await pickUp());
      break;
    case 'commits':
      await commit(job.turns);
      break;
  }
  return pickUpsMs;
}

process.on('message', (message) => {
  const { id, job } = JobMessage.parse(message);
  const startedAt = performance.now();
  void perform(job).then((pickUpsMs) => {
    const elapsedMs = performance.now() - startedAt;
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    const result: EngineResult = {
      elapsedMs,
      pickUpsMs: [...pickUpsMs],
      residentMb: rss / 1e6,
      heapMb: heapUsed / 1e6,
    };
    process.send?.({ id, result });
  });
});
