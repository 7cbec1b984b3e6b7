import type { Logger } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Config, ParsedConfig, Secrets } from '../config.ts';
import type { TransitionContext } from '../domain/turn.ts';
import { createEvents, type Events } from '../events.ts';
import type { IntercomClient } from '../intercom/client.ts';
import type { Clock } from '../lib/clock.ts';
import { HealthRecord } from '../lib/health.ts';
import type { LanguageModel } from '../llm/model.ts';
import type { PolicyFile } from '../policy-file/policy-file.ts';
import { type Database, DatabaseAway } from '../store/database.ts';
import { type DatabaseSource, openDatabase } from '../store/open.ts';
import { migrate, readMigrations } from '../store/migrate.ts';
import { contextMaker, databaseSource } from '../wiring.ts';

/** All that a Sidenote is set to. The policy's file is watched from the start on. */
export type AppSettings = ParsedConfig & { readonly policyFile: PolicyFile };

/** What an app reaches out with: every wait of a turn is a call of one of these. */
export type Reach = { readonly db: Database; readonly intercom: IntercomClient; readonly model: LanguageModel };

/** What a test or the demo may put in place of the real thing. */
export type Overrides = {
  /** Asked anew for each turn, instead of the file that the settings name. */
  readonly policyFile?: () => PolicyFile;
  /** Adds to each reading of the file that the settings name; they have it already. */
  readonly completePolicyFile?: (file: PolicyFile) => PolicyFile;
  readonly model?: LanguageModel;
  readonly events?: Events;
  readonly now?: () => number;
  readonly sleep?: Clock['sleep'];
  readonly schema?: string;
  /** Puts something around the real ones, such as a watch over their calls. */
  readonly wrap?: (reach: Reach) => Reach;
};

/** Everything that the parts of one app share. */
export type Core = {
  readonly db: Database;
  readonly source: DatabaseSource;
  readonly events: Events;
  readonly registry: Registry;
  readonly now: () => number;
  readonly makeContext: () => TransitionContext;
  readonly onError: (error: unknown) => void;
  readonly health: { readonly intercom: HealthRecord; readonly model: HealthRecord };
};

export const monotonicNow = (): number => performance.now();

/** Opens the database and brings its schema up to date; `limits` are asked from the first turn on. @throws SchemaMismatch, DatabaseAway */
export async function createCore(
  config: Config,
  secrets: Secrets,
  log: Logger,
  overrides: Overrides,
  limits: () => PolicyFile['limits'],
): Promise<Core> {
  const { now = Date.now } = overrides;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const events = overrides.events ?? createEvents(log, registry, now);
  const onError = (error: unknown): void => {
    if (error instanceof DatabaseAway) events.databaseAway(error);
    else events.unexpected(error);
  };
  const source = databaseSource(config, secrets, overrides.schema);
  const db = openDatabase(source);
  try {
    await migrate(db, readMigrations(), now());
  } catch (error) {
    await db[Symbol.asyncDispose]();
    throw error;
  }
  const health = {
    intercom: new HealthRecord(now, (change) => events.neighbourChanged('Intercom', change)),
    model: new HealthRecord(now, (change) => events.neighbourChanged('the model server', change)),
  };
  const makeContext = contextMaker(config.quietPeriodMs, now, limits);
  return { db, source, events, registry, now, makeContext, onError, health };
}
