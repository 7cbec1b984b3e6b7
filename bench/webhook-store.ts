/**
 * The path of a webhook until its 200 and nothing else: signature, notification, turn, commit. Shows what it brings that
 * webhooks which arrive together share a commit. `node bench/webhook-store.ts SOURCE shared|each`, with a `DatabaseSource` as
 * JSON; prints {"url"} when it listens.
 */
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createEvents } from '../src/events.ts';
import { type Batcher, createBatcher } from '../src/inbox/batcher.ts';
import { receive } from '../src/inbox/receive.ts';
import { migrate, readMigrations } from '../src/store/migrate.ts';
import { openDatabase } from '../src/store/open.ts';
import { createScheduler, type Scheduler } from '../src/turn/scheduler.ts';
import { contextMaker } from '../src/wiring.ts';
import { listen } from './bare-server.ts';
import { Place } from './places.ts';

const db = openDatabase(Place.parse(JSON.parse(process.argv[2] ?? '')));
await migrate(db, readMigrations(), Date.now());
/** Longer than any run: no turn falls due. */
const quietPeriodMs = 600_000;
const scheduler = createScheduler({
  db,
  makeContext: contextMaker(quietPeriodMs, Date.now),
  events: createEvents(pino({ level: 'silent' }), new Registry(), Date.now),
  onSuperseded: () => undefined,
});

const storeEach = (all: Scheduler): Batcher => ({
  store: async (notification) => (await all.store([notification])).has(notification.id),
});

const deps = {
  clientSecrets: [process.env['INTERCOM_CLIENT_SECRET'] ?? ''],
  batcher:
    process.argv[3] === 'shared' ? createBatcher(async (all) => await scheduler.store(all)) : storeEach(scheduler),
  noteArticle: async () => await Promise.resolve(false),
  now: Date.now,
  onDatabaseAway: (error: unknown) => console.error(error),
};

await listen((body, headers, answer) => {
  const signature = headers['x-hub-signature']?.toString();
  void receive({ body, contentType: headers['content-type'], signature }, deps).then(({ status, text }) =>
    answer(status, text),
  );
});
