/**
 * `sidenote serve`, but for its end: it kills itself by SIGKILL at the point that `CRASH_AT` names, such as
 * `3 after commit` for the third time that this point is passed since the first webhook came. Without `CRASH_AT` it prints
 * the points that it passes, a line of JSON each. With `CRASH_ON` it dies as soon as it reads a conversation that holds these
 * words.
 */
import { once } from 'node:events';
import { pino } from 'pino';
import { createApp } from '../../src/app/create-app.ts';
import { readSettings } from '../../src/cli/settings.ts';
import type { Reach } from '../../src/app/core.ts';
import { watchPoints } from './points.ts';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** The first statement that a webhook causes. */
const firstPoint = 'before insert notifications';

function createPlan(crashAt: string | undefined): (point: string) => void {
  const passed = new Map<string, number>();
  return (point) => {
    if (passed.size === 0 && point !== firstPoint) return;
    const count = (passed.get(point) ?? 0) + 1;
    passed.set(point, count);
    const name = `${count} ${point}`;
    if (crashAt === undefined) print(JSON.stringify({ point: name }));
    else if (name === crashAt) process.kill(process.pid, 'SIGKILL');
  };
}

function dieOfWords(reach: Reach, words: string): Reach {
  const { intercom } = reach;
  const conversation: typeof intercom.conversation = async (...args) => {
    const found = await intercom.conversation(...args);
    if (JSON.stringify(found).includes(words)) process.kill(process.pid, 'SIGKILL');
    return found;
  };
  return { ...reach, intercom: { ...intercom, conversation } };
}

const deadlyWords = process.env['CRASH_ON'];
const stopAtOnce = (): void => void process.kill(process.pid, 'SIGTERM');
const io = { environment: process.env, print, printError: print, stop: stop.signal, stopAtOnce };
const settings = readSettings(io, { intercom: true, model: true });
const log = pino({ level: settings.config.logLevel });
const onPoint = createPlan(process.env['CRASH_AT']);
await using app = await createApp(settings, log, {
  wrap: (reach) => watchPoints(deadlyWords === undefined ? reach : dieOfWords(reach, deadlyWords), onPoint),
});
const url = await app.start();
log.info({ url: url.href }, 'listening');
if (!stop.signal.aborted) await once(stop.signal, 'abort');
