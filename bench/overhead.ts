/**
 * What Sidenote adds between a webhook and its note, against a script that does the same three calls and nothing else;
 * and what a script adds that does no more than pay for Sidenote's promises. The simulated Intercom and a model that answers at
 * once run on loopback; the quiet period is 0.
 */
import { Places } from './places.ts';
import {
  clientSecret,
  startBareScript,
  startBareTurns,
  startLoadGenerator,
  startModelServer,
  startSidenote,
  startSimulator,
  webhookUrl,
} from './processes.ts';
import type { LoadGenerator, Running } from './processes.ts';
import type { LoadResult } from './load-job.ts';
import { alternate, type Rounds, together } from './rounds.ts';
import { type Figure, percentile } from './stats.ts';

const rates = [1, 10, 50];
/** Of one round, at each rate: enough notes for a percentile, few enough for a coffee. */
const roundSeconds = 4;
const rounds = 3;
/** At 1/s the two are measured at the same time and for longer; a webhook's work is done long before the next. */
const slow = { ratePerSecond: 1, seconds: 10, rounds: 2, offsetMs: 500 };

/** A rate is held when it lasts so long, webhooks are answered and notes are there in these times. */
const hold = { seconds: 20, trySeconds: 2, answerP99Ms: 500, noteP95Ms: 1000 };

type Draw = (ratePerSecond: number, seconds: number) => Promise<LoadResult>;

export async function benchOverhead(): Promise<readonly Figure[]> {
  await using places = new Places({ unavailable: 'Only SQLite is measured.' });
  await using simulator = await startSimulator();
  await using model = await startModelServer();
  const neighbours = { simulatorUrl: simulator.url, modelUrl: model.url };
  await using floorServer = await startBareScript(neighbours);
  await using leastServer = await startBareTurns(places.sqlite().path, neighbours);
  await using subjectServer = await startSidenote(neighbours, 0);
  await using load = startLoadGenerator();
  const floor = drawFrom('floor', load, simulator, floorServer);
  const least = drawFrom('The least', load, simulator, leastServer);
  const subject = drawFrom('Sidenote', load, simulator, subjectServer);
  for (const draw of [floor, least, subject]) await draw(100, 4);

  const figures: Figure[] = [];
  for (const ratePerSecond of rates) {
    const name = `webhook to note at ${ratePerSecond}/s`;
    figures.push(...noteFigures(name, await measure(subject, floor, ratePerSecond)));
    figures.push(...noteFigures(`the least: ${name}`, await measure(least, floor, ratePerSecond)));
  }
  const held = { value: await highestRate(subject), floor: await highestRate(floor) };
  return [...figures, { name: 'notes, highest rate held', unit: '/s', rounds: [held], target: { kind: 'none' } }];
}

async function measure(subject: Draw, floor: Draw, ratePerSecond: number): Promise<Rounds<LoadResult>> {
  if (ratePerSecond === slow.ratePerSecond) {
    const draw = (from: Draw) => async () => await from(ratePerSecond, slow.seconds);
    return await together(slow.rounds, draw(subject), draw(floor), slow.offsetMs);
  }
  const draw = (from: Draw) => async () => await from(ratePerSecond, roundSeconds);
  return await alternate(rounds, draw(subject), draw(floor));
}

const noteFigures = (name: string, measured: Rounds<LoadResult>): readonly Figure[] => [
  {
    name: `${name}, p50`,
    unit: 'ms',
    rounds: measured(({ notesMs }) => percentile(notesMs, 0.5)),
    target: { kind: 'ratio-at-most', limit: 1.5 },
  },
  {
    name: `${name}, p99`,
    unit: 'ms',
    rounds: measured(({ notesMs }) => percentile(notesMs, 0.99)),
    target: { kind: 'ratio-at-most', limit: 2 },
  },
];

const drawFrom =
  (name: string, load: LoadGenerator, simulator: Running, server: Running): Draw =>
  async (ratePerSecond, seconds) => {
    const result = await load.run({
      kind: 'notes',
      simulatorUrl: simulator.url,
      ratePerSecond,
      seconds,
      receiver: { webhookUrl: webhookUrl(server), clientSecret },
    });
    const [answer, note] = [percentile(result.answersMs, 0.99), percentile(result.notesMs, 0.95)];
    const times = `answer p99 ${answer.toFixed(1)} ms, note p95 ${note.toFixed(1)} ms`;
    console.error(`  ${name} at ${ratePerSecond}/s for ${seconds} s: ${times}`);
    return result;
  };

const isHeld = ({ answersMs, notesMs }: LoadResult): boolean =>
  percentile(answersMs, 0.99) < hold.answerP99Ms && percentile(notesMs, 0.95) < hold.noteP95Ms;

/**
 * The bracket in short tries, then for the whole time a good way below it, since a short try forgives a growing queue.
 * 0: held at none of these.
 */
async function highestRate(draw: Draw): Promise<number> {
  let good = 50;
  while (isHeld(await draw(good * 2, hold.trySeconds))) good *= 2;
  let bad = good * 2;
  while (bad / good > 1.25) {
    const middle = Math.round((good + bad) / 2);
    if (isHeld(await draw(middle, hold.trySeconds))) good = middle;
    else bad = middle;
  }
  for (const share of [0.8, 0.6, 0.4]) {
    const rate = Math.round(good * share);
    if (isHeld(await draw(rate, hold.seconds))) return rate;
  }
  return 0;
}
