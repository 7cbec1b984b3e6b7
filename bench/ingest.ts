/**
 * How fast a webhook is answered, stored for good, against a server that only checks the signature. Turns are opened
 * and wait: the quiet period is longer than the run, so that only what a webhook causes by itself is measured.
 */
import { clientSecret, startBareWebhook, startLoadGenerator, startSidenote, webhookUrl } from './processes.ts';
import type { LoadGenerator, Running } from './processes.ts';
import type { LoadResult } from './load-job.ts';
import { alternate } from './rounds.ts';
import { type Figure, percentile } from './stats.ts';

const ratePerSecond = 200;
const rounds = { atRate: 4, saturated: 3 };
const quietPeriodMs = 600_000;
/** Nobody is asked anything before a turn falls due. */
const noNeighbours = { simulatorUrl: 'http://127.0.0.1:9', modelUrl: 'http://127.0.0.1:9' };

export async function benchIngest(): Promise<readonly Figure[]> {
  await using floor = await startBareWebhook();
  await using subject = await startSidenote(noNeighbours, quietPeriodMs);
  await using load = startLoadGenerator();
  for (const server of [floor, subject]) await saturate(load, server, 1);

  const atRate = await alternate(
    rounds.atRate,
    async () => await sendAtRate(load, subject),
    async () => await sendAtRate(load, floor),
  );
  const saturated = await alternate(
    rounds.saturated,
    async () => await saturate(load, subject, 2),
    async () => await saturate(load, floor, 2),
  );
  const answer = (share: number) => (result: LoadResult) => percentile(result.answersMs, share);
  return [
    {
      name: `webhook answer p50 at ${ratePerSecond}/s`,
      unit: 'ms',
      rounds: atRate(answer(0.5)),
      target: { kind: 'none' },
    },
    {
      name: `webhook answer p99 at ${ratePerSecond}/s`,
      unit: 'ms',
      rounds: atRate(answer(0.99)),
      target: { kind: 'ratio-at-most', limit: 2 },
    },
    {
      name: 'webhooks answered, saturated',
      unit: '/s',
      rounds: saturated((result) => result.answeredPerSecond),
      target: { kind: 'ratio-at-least', limit: 0.5 },
    },
  ];
}

const receiver = (server: Running) => ({ webhookUrl: webhookUrl(server), clientSecret });

async function sendAtRate(load: LoadGenerator, server: Running): Promise<LoadResult> {
  return mustBeAnswered(await load.run({ kind: 'at-rate', receiver: receiver(server), ratePerSecond, seconds: 2.5 }));
}

async function saturate(load: LoadGenerator, server: Running, seconds: number): Promise<LoadResult> {
  const job = { kind: 'saturate', receiver: receiver(server), connections: 64, seconds, requestsMax: seconds * 25_000 };
  return mustBeAnswered(await load.run({ ...job, kind: 'saturate' }));
}

function mustBeAnswered(result: LoadResult): LoadResult {
  const lost = result.answersMs.filter((ms) => ms === Number.POSITIVE_INFINITY).length;
  if (lost > 0) throw new Error(`${lost} of ${result.answersMs.length} webhooks were not answered with 200.`);
  return result;
}
