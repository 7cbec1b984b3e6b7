/** How long Sidenote takes from its start until it listens, and what it holds in memory while it has nothing to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startBareWebhook, startSidenote, type Running } from './processes.ts';
import { alternate } from './rounds.ts';
import type { Figure } from './stats.ts';

const rounds = 5;
/** Until what the start has left over is done. */
const settlingMs = 1000;
const noNeighbours = { simulatorUrl: 'http://127.0.0.1:9', modelUrl: 'http://127.0.0.1:9' };

type Started = { readonly startMs: number; readonly residentMb: number };

export async function benchStart(): Promise<readonly Figure[]> {
  const started = await alternate(
    rounds,
    async () => await measure(async () => await startSidenote(noNeighbours, 1500)),
    async () => await measure(startBareWebhook),
  );
  return [
    {
      name: 'start to listening',
      unit: 'ms',
      rounds: started(({ startMs }) => startMs),
      target: { kind: 'value-at-most', limit: 1000 },
    },
    {
      name: 'resident memory, idle',
      unit: 'MB',
      rounds: started(({ residentMb }) => residentMb),
      target: { kind: 'value-at-most', limit: 150 },
    },
  ];
}

async function measure(start: () => Promise<Running>): Promise<Started> {
  await using running = await start();
  await sleep(settlingMs);
  return { startMs: running.startMs, residentMb: running.residentMb() };
}
