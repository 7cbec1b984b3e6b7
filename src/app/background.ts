import { IntercomError } from '../intercom/errors.ts';
import { createKnowledgeService, type KnowledgeService } from '../knowledge-service.ts';
import type { RetrievalModels } from '../knowledge/meaning.ts';
import type { Clock } from '../lib/clock.ts';
import type { HealthRecord } from '../lib/health.ts';
import { watchServers } from '../llm/servers/watch.ts';
import type { PolicyFile } from '../policy-file/policy-file.ts';
import { createSweeping, type Sweeping } from '../sweeping.ts';
import type { Neighbours } from '../wiring.ts';
import type { Core } from './core.ts';
import { watchIntercom } from './intercom-watch.ts';
import type { WithIdentity } from './worker.ts';

/** Looks for messages whose webhook never came. */
export function createSweep(
  { db, events, now, onError, makeContext }: Core,
  policyFile: () => PolicyFile,
  { intercomInBackground: intercom, identity }: Neighbours & WithIdentity,
  onFound: () => void,
): Sweeping {
  return createSweeping({
    db,
    intercom,
    identity,
    now,
    onFound,
    quietPeriodMs: makeContext().timing.quietPeriodMs,
    random: Math.random,
    settings: () => {
      const { sweep, retention } = policyFile();
      // Of what is older, the turns are forgotten: it would look missed.
      return { minutes: sweep.minutes, hours: Math.min(sweep.hours, retention.days * 24) };
    },
    onEnded: (found) => events.sweepEnded(found),
    onFailed: (error) => (error instanceof IntercomError ? events.sweepFailed(error.message) : onError(error)),
  });
}

/** Reads the sources and keeps the index in step with them. */
export function createReading(
  { db, events, onError }: Core,
  { intercomInBackground: intercom, models }: Neighbours & { readonly models: RetrievalModels },
  clock: Clock,
  policyFile: () => PolicyFile,
): KnowledgeService {
  return createKnowledgeService({
    db,
    intercom,
    models,
    clock,
    events,
    onError,
    settings: () => policyFile().knowledge,
  });
}

/**
 * One call to each neighbour, so that a wrong token shows at the start and not with the first message. Given up when
 * disposed.
 */
export function greetNeighbours({ health }: Core, { intercom, greetModel }: Neighbours): Disposable {
  const stopping = new AbortController();
  const { signal } = stopping;
  const greet = async (record: HealthRecord, call: () => Promise<unknown>): Promise<void> => {
    try {
      await call();
      record.succeeded();
    } catch (error) {
      if (!signal.aborted) record.failed(error);
    }
  };
  void greet(health.intercom, async () => await intercom.me(signal));
  void greet(health.model, async () => await greetModel(signal));
  return { [Symbol.dispose]: () => stopping.abort() };
}

/** Looks after the neighbours by the clock, until disposed. */
export function watchNeighbours({ servers, availability }: Neighbours): Disposable {
  const watches = new DisposableStack();
  watches.use(watchServers(servers));
  watches.use(watchIntercom(availability));
  return watches;
}
