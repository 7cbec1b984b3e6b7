/**
 * How fast a webhook is answered, stored for good, against a server that only checks the signature. Turns are opened
 * and wait: the quiet period is longer than the run, so that only what a webhook causes by itself is measured.
 */
import { startPostgres } from '../test/support/postgres.ts';
import { type Place, Places } from './places.ts';
import {
  clientSecret,
  startBareTurns,
  startBareWebhook,
  startLoadGenerator,
  startSidenote,
  startWebhookStore,
  webhookUrl,
} from './processes.ts';
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
  await using places = new Places(await startPostgres('durable'));
  await using load = startLoadGenerator();
  const postgres = await places.postgres();
  const figures: Figure[] = [];
  figures.push(...(await leastAnswers(load, places)), ...(await sidenoteAnswers(load, 'SQLite')));
  if (postgres?.kind === 'postgres') figures.push(...(await sidenoteAnswers(load, 'PostgreSQL', postgres.url)));
  figures.push(await sharedCommits(load, 'SQLite', [places.sqlite(), places.sqlite()]));
  const [shared, each] = [await places.postgres(), await places.postgres()];
  if (shared !== undefined && each !== undefined) figures.push(await sharedCommits(load, 'PostgreSQL', [shared, each]));
  return figures;
}

/** What any server pays that opens a turn before it answers. */
async function leastAnswers(load: LoadGenerator, places: Places): Promise<readonly Figure[]> {
  await using server = await startBareTurns(places.sqlite().path);
  return await answers(load, 'the least', server);
}

/** Sidenote as it is. */
async function sidenoteAnswers(
  load: LoadGenerator,
  database: string,
  databaseUrl?: string,
): Promise<readonly Figure[]> {
  await using sidenote = await startSidenote(noNeighbours, quietPeriodMs, databaseUrl);
  return await answers(load, database, sidenote);
}

/** A server that stores, against one that stores nothing. */
async function answers(load: LoadGenerator, name: string, subject: Running): Promise<readonly Figure[]> {
  await using floor = await startBareWebhook();
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
      name: `${name}: webhook answer p50 at ${ratePerSecond}/s`,
      unit: 'ms',
      rounds: atRate(answer(0.5)),
      target: { kind: 'none' },
    },
    {
      name: `${name}: webhook answer p99 at ${ratePerSecond}/s`,
      unit: 'ms',
      rounds: atRate(answer(0.99)),
      target: { kind: 'ratio-at-most', limit: 2 },
    },
    {
      name: `${name}: webhooks answered, saturated`,
      unit: '/s',
      rounds: saturated((result) => result.answeredPerSecond),
      target: { kind: 'ratio-at-least', limit: 0.5 },
    },
  ];
}

/** What the shared commit brings: the floor is the same server with a commit for each webhook. */
async function sharedCommits(
  load: LoadGenerator,
  database: string,
  [place, other]: readonly [Place, Place],
): Promise<Figure> {
  await using subject = await startWebhookStore(place, 'shared');
  await using floor = await startWebhookStore(other, 'each');
  for (const server of [floor, subject]) await saturate(load, server, 1);
  const saturated = await alternate(
    rounds.saturated,
    async () => await saturate(load, subject, 2),
    async () => await saturate(load, floor, 2),
  );
  return {
    name: `${database}: webhooks stored in shared commits; floor: a commit each`,
    unit: '/s',
    rounds: saturated((result) => result.answeredPerSecond),
    target: { kind: 'none' },
  };
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
