import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Logger, pino } from 'pino';
import { createApp } from '../app/create-app.ts';
import type { Command, Io } from './command.ts';
import { readSettings } from './settings.ts';

/**
 * From the signal to the end of the process at the most, also while the database hangs: service managers kill after 10 s,
 * and a busy machine may be late with a timer. What was not handed back by then is taken up when its lease ends.
 */
const stopMsMax = 8500;

/** How long the last line may take: it is written beside this thread, and a reader that has stalled keeps nobody. */
const lastLineMsMax = 500;

function limitStop(io: Io, log: Logger, written: Written): void {
  const end = (): void => {
    log.warn({}, 'stopped before all work was handed back: it is taken up again when its leases end');
    written.once('drain', io.stopAtOnce);
    setTimeout(io.stopAtOnce, lastLineMsMax);
  };
  const onStop = (): void => void setTimeout(end, stopMsMax).unref();
  if (io.stop.aborted) onStop();
  else io.stop.addEventListener('abort', onStop, { once: true });
}

/** Where the log goes. */
type Written = ReturnType<typeof pino.destination>;

async function run(args: readonly string[], io: Io): Promise<number> {
  parseArgs({ args: [...args], options: {} });
  const settings = readSettings(io, { intercom: true, model: true });
  const { config, policyFile } = settings;
  const written = pino.destination(process.stdout.fd);
  const log = pino({ level: config.logLevel }, written);
  limitStop(io, log, written);
  await using app = await createApp(settings, log);
  const url = await app.start();
  const { mode } = policyFile.policy;
  const webhookUrl = new URL('/intercom/webhook', config.publicUrl ?? url).href;
  const policy = existsSync(config.policyPath) ? config.policyPath : `no ${config.policyPath}: the defaults hold`;
  log.info({ url: url.href, webhookUrl, mode, policy, database: app.db.description }, 'listening');
  if (!io.stop.aborted) await once(io.stop, 'abort');
  log.info({}, 'stopping; work under way is finished or handed back, a second signal ends it at once');
  return 0;
}

export const serve: Command = {
  summary: 'receives webhooks and posts drafts, until it is stopped',
  usage: `Usage: sidenote serve

Receives Intercom's webhooks at /intercom/webhook and works on turns. Also serves /healthz, /readyz and
/metrics. Settings come from the environment and from sidenote.yaml: see docs/set-up.md.
SIGTERM ends it within 10 seconds: what runs is finished or handed back. A second signal ends it at once.`,
  run,
};
