/**
 * What the turn engine itself can do: turns whose attempts cost nothing, from falling due to their end, on both databases and
 * with several instances; whether a history slows it; whether its memory grows.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { startPostgres } from '../test/support/postgres.ts';
import { type EngineJob, type EngineResult, ResultMessage } from './engine-job.ts';
import { type Place, Places } from './places.ts';
import { type Figure, percentile } from './stats.ts';

type Instance = Disposable & { perform(job: EngineJob): Promise<EngineResult> };

const turnsPerBurst = 2000;
const singles = 150;
const instanceCounts = [1, 2, 4];

function startInstance(place: Place): Instance {
  const child: ChildProcess = fork('bench/engine-instance.ts', [JSON.stringify(place)], {
    execArgv: ['--expose-gc'],
  });
  let lastId = 0;
  return {
    perform: async (job) => {
      lastId += 1;
      child.send({ id: lastId, job });
      const messages: unknown[] = await once(child, 'message');
      return ResultMessage.parse(messages[0]).result;
    },
    [Symbol.dispose]: () => child.kill('SIGKILL'),
  };
}

const perSecond = ({ elapsedMs }: EngineResult, count: number): number => (count * 1000) / elapsedMs;

/** The first instance stores, and all of them work. */
async function throughput(place: Place, name: string, instances: number): Promise<Figure> {
  using stack = new DisposableStack();
  const first = stack.use(startInstance(place));
  const floor = perSecond(await first.perform({ kind: 'commits', turns: turnsPerBurst }), turnsPerBurst);
  await first.perform({ kind: 'start' });
  for (let count = 1; count < instances; count += 1) await stack.use(startInstance(place)).perform({ kind: 'start' });
  await first.perform({ kind: 'burst', turns: 200 });
  const value = perSecond(await first.perform({ kind: 'burst', turns: turnsPerBurst }), turnsPerBurst);
  return {
    name: `${name}: turns, ${instances} instance(s); floor: commits`,
    unit: '/s',
    rounds: [{ value, floor }],
    target: { kind: 'none' },
  };
}

/** One instance stores and another works, or one does both. */
async function pickUps(place: Place, name: string, worker: 'same' | 'other'): Promise<readonly Figure[]> {
  using stack = new DisposableStack();
  const first = stack.use(startInstance(place));
  const commits = 200;
  const floor = (await first.perform({ kind: 'commits', turns: commits })).elapsedMs / commits;
  await (worker === 'same' ? first : stack.use(startInstance(place))).perform({ kind: 'start' });
  await first.perform({ kind: 'singles', turns: 20 });
  const { pickUpsMs } = await first.perform({ kind: 'singles', turns: singles });
  return [0.5, 0.99].map((share) => ({
    name: `${name}: pick-up p${share * 100} by the ${worker} instance; floor: a commit`,
    unit: 'ms',
    rounds: [{ value: percentile(pickUpsMs, share), floor }],
    target: share === 0.5 ? { kind: 'value-at-most', limit: 20 } : { kind: 'none' },
  }));
}

export async function benchEngine(): Promise<readonly Figure[]> {
  await using places = new Places(await startPostgres());
  const figures: Figure[] = [];
  figures.push(await throughput(places.sqlite(), 'SQLite', 1), ...(await pickUps(places.sqlite(), 'SQLite', 'same')));
  for (const instances of instanceCounts) {
    const place = await places.postgres();
    if (place !== undefined) figures.push(await throughput(place, 'PostgreSQL', instances));
  }
  for (const worker of ['same', 'other'] as const) {
    const place = await places.postgres();
    if (place !== undefined) figures.push(...(await pickUps(place, 'PostgreSQL', worker)));
  }
  return figures;
}

/** `BENCH_HISTORY` turns, by default 100,000 and a million. */
const histories = (process.env['BENCH_HISTORY'] ?? '100000,1000000').split(',').map(Number);

/** The same pick-up with and without a history; the floor is the same instance before it had one. */
export async function benchGrowth(): Promise<readonly Figure[]> {
  await using places = new Places(await startPostgres());
  const figures: Figure[] = [];
  for (const place of [places.sqlite(), await places.postgres()]) {
    if (place === undefined) continue;
    using instance = startInstance(place);
    await instance.perform({ kind: 'start' });
    const p50 = async (): Promise<number> =>
      percentile((await instance.perform({ kind: 'singles', turns: singles })).pickUpsMs, 0.5);
    await p50();
    const floor = await p50();
    let filled = 0;
    for (const history of histories) {
      await instance.perform({ kind: 'fill', turns: history - filled });
      filled = history;
      figures.push({
        name: `${place.kind}: pick-up p50 after ${history} turns; floor: after none`,
        unit: 'ms',
        rounds: [{ value: await p50(), floor }],
        target: { kind: 'ratio-at-most', limit: 1.2 },
      });
    }
  }
  return figures;
}

/** Of `BENCH_MEMORY_TURNS`, by default 100,000. */
const memoryTurns = Number(process.env['BENCH_MEMORY_TURNS'] ?? 100_000);

/** The floor is what the process holds after the first fifth, when it is warm. */
export async function benchMemory(): Promise<readonly Figure[]> {
  await using places = new Places(await startPostgres());
  using instance = startInstance(places.sqlite());
  await instance.perform({ kind: 'start' });
  const fifth = Math.ceil(memoryTurns / 5);
  const samples: EngineResult[] = [];
  for (let part = 0; part < 5; part += 1) samples.push(await instance.perform({ kind: 'burst', turns: fifth }));
  const figure = (name: string, read: (result: EngineResult) => number, limit: number): Figure => {
    const sizes = samples.map(read);
    const [warm = 0, last = 0] = [sizes.at(0), sizes.at(-1)];
    console.log(`  ${name} after each fifth: ${sizes.map((mb) => mb.toFixed(1)).join(', ')} MB`);
    const slope = ((last - warm) / (4 * fifth)) * 100_000;
    return {
      name: `${name} after ${memoryTurns} turns (${slope.toFixed(1)} MB per 100,000)`,
      unit: 'MB',
      rounds: [{ value: last, floor: warm }],
      target: { kind: 'ratio-at-most', limit },
    };
  };
  return [
    figure('heap in use', ({ heapMb }) => heapMb, 1.1),
    figure('resident memory', ({ residentMb }) => residentMb, 1.5),
  ];
}
