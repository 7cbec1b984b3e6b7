import type { Logger } from 'pino';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Turn } from './domain/turn.ts';
import type { Urgency } from './intercom/rate-limiter.ts';
import type { BreakerState } from './lib/breaker.ts';
import type { Health } from './lib/health.ts';
import type { ModelNotice } from './llm/chat-call.ts';
import { describeFacts } from './llm/servers/facts.ts';
import type { ServerEvent } from './llm/servers/server.ts';

/**
 * One function per thing that happens, so that its log line and its counter can't drift apart. Ids,
 * times and reasons only: what a customer wrote never comes here.
 */
export interface Events {
  /** `text` is the sentence that was answered: our own words. */
  webhookAnswered(answer: {
    readonly status: number;
    readonly text: string;
    readonly result: string;
    readonly topic: string | undefined;
    readonly ms: number;
  }): void;
  turnOpened(turn: Turn): void;
  turnClaimed(turn: Turn): void;
  stageEnded(turn: Turn, stage: string, ms: number): void;
  /** The turn has left `working`: ended, or waiting for the next attempt. */
  attemptEnded(turn: Turn): void;
  /** Superseded, or dead, without an attempt that ended. */
  turnEnded(turn: Turn): void;
  /** An attempt ended whose turn had been taken from this process. */
  attemptDiscarded(turn: Turn): void;
  /** A neighbour fails, or answers again: one line for each change, not for each call. */
  neighbourChanged(neighbour: string, health: Health): void;
  /** Something about a call to the model that did not fail. */
  modelNoticed(notice: ModelNotice): void;
  /** A call to Intercom was held back for its rate limit. */
  intercomWaited(urgency: Urgency, waitedMs: number): void;
  /** Calls to Intercom are held back because it is away, or go out again. */
  intercomChanged(state: BreakerState): void;
  /** A sweep came to its end and had missed this many messages. */
  sweepEnded(found: number): void;
  /** A sweep was cut short; it goes on later. */
  sweepFailed(reason: string): void;
  /** A sync of a source came to its end, or was cut short. */
  sourceSynced(sync: SourceSync): void;
  /** A model server was probed, paused or taken up again, or a call went on at another. */
  modelServerChanged(event: ServerEvent): void;
  outboundRefused(origin: string): void;
  /** The kill switch was thrown, or taken back (no reasons). */
  pauseChanged(reasons: readonly string[]): void;
  /** sidenote.yaml has changed, and holds from now on. */
  policyReloaded(policy: { mode: string; rules: number }): void;
  /** sidenote.yaml has changed and can't be used; what was read before stays in force. */
  policyRefused(problems: readonly string[]): void;
  databaseAway(error: Error): void;
  /** Something that should not happen; the process goes on. */
  unexpected(error: unknown): void;
}

type SourceSync = {
  readonly name: string;
  readonly outcome: string;
  readonly why: string | undefined;
  readonly changed: number;
  readonly removed: number;
  readonly problems: readonly { readonly item: string; readonly why: string }[];
};

const ids = (turn: Turn) => ({ turnId: turn.id, conversationId: turn.conversationId });

function createModelInstruments(registry: Registry) {
  const registers = [registry];
  return {
    modelWaitSeconds: new Histogram({
      name: 'sidenote_model_wait_seconds',
      help: 'Time a call to the model waited in our own queue.',
      labelNames: ['lane'],
      buckets: [0.001, 0.01, 0.1, 0.5, 1, 5, 15, 60],
      registers,
    }),
    modelServerPaused: new Gauge({
      name: 'sidenote_model_server_paused',
      help: 'Whether calls to a model server are held back: 1 paused, 0.5 coming back, 0 not.',
      labelNames: ['server'],
      registers,
    }),
    modelFailovers: new Counter({
      name: 'sidenote_model_failovers_total',
      help: 'Calls that failed at a model server before their first word and went on at another.',
      labelNames: ['server'],
      registers,
    }),
  };
}

function createIntercomInstruments(registers: Registry[]) {
  return {
    intercomWaitSeconds: new Histogram({
      name: 'sidenote_intercom_wait_seconds',
      help: 'Time a call to Intercom was held back for its rate limit; calls that did not wait are not counted.',
      labelNames: ['urgency'],
      buckets: [0.1, 0.5, 1, 2, 5, 10, 20, 30],
      registers,
    }),
    intercomPaused: new Gauge({
      name: 'sidenote_intercom_paused',
      help: 'Whether calls to Intercom are held back because it is away: 1 held back, 0.5 coming back, 0 not.',
      registers,
    }),
    swept: new Counter({
      name: 'sidenote_sweep_found_total',
      help: 'Messages found by the sweep whose webhook never came.',
      registers,
    }),
  };
}

function createInstruments(registry: Registry) {
  const registers = [registry];
  return {
    ...createModelInstruments(registry),
    webhooks: new Counter({
      name: 'sidenote_webhooks_total',
      help: 'Webhook requests by result.',
      labelNames: ['result', 'status'],
      registers,
    }),
    webhookSeconds: new Histogram({
      name: 'sidenote_webhook_seconds',
      help: 'Time from a webhook request to its answer.',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    opened: new Counter({ name: 'sidenote_turns_opened_total', help: 'Turns opened.', registers }),
    ended: new Counter({
      name: 'sidenote_turns_ended_total',
      help: 'Turns ended, by state.',
      labelNames: ['state'],
      registers,
    }),
    failed: new Counter({
      name: 'sidenote_attempts_failed_total',
      help: 'Attempts that failed and are tried again.',
      registers,
    }),
    running: new Gauge({ name: 'sidenote_turns_running', help: 'Turns that this process works on.', registers }),
    stageSeconds: new Histogram({
      name: 'sidenote_stage_seconds',
      help: 'Time per stage of a turn.',
      labelNames: ['stage'],
      buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60],
      registers,
    }),
    ...createIntercomInstruments(registers),
    turnSeconds: new Histogram({
      name: 'sidenote_turn_seconds',
      help: 'Time from the opening of a turn to its note or reply.',
      buckets: [0.1, 0.5, 1, 2, 3, 5, 8, 13, 20, 40, 60, 300],
      registers,
    }),
    refused: new Counter({
      name: 'sidenote_outbound_refused_total',
      help: 'Connections refused by the outbound guard.',
      registers,
    }),
    databaseAway: new Counter({
      name: 'sidenote_database_away_total',
      help: 'Times the database was away.',
      registers,
    }),
  };
}

type SteeringEvents = Pick<Events, 'pauseChanged' | 'policyReloaded' | 'policyRefused'>;

/** What people change while Sidenote runs. */
function createSteeringEvents(log: Logger, registry: Registry): SteeringEvents {
  const registers = [registry];
  const to = {
    paused: new Gauge({ name: 'sidenote_paused', help: '1 while the kill switch is thrown.', registers }),
    policyRefused: new Gauge({
      name: 'sidenote_policy_refused',
      help: '1 while sidenote.yaml can’t be used and an earlier one is in force.',
      registers,
    }),
    policyReloads: new Counter({ name: 'sidenote_policy_reloads_total', help: 'Changes of sidenote.yaml.', registers }),
  };
  return {
    pauseChanged: (reasons) => {
      to.paused.set(reasons.length > 0 ? 1 : 0);
      if (reasons.length > 0) log.warn({ reasons }, 'paused: nothing is drafted or posted');
      else log.info({}, 'resumed');
    },
    policyReloaded: ({ mode, rules }) => {
      to.policyRefused.set(0);
      to.policyReloads.inc();
      log.info({ mode, rules }, 'sidenote.yaml was reloaded');
    },
    policyRefused: (problems) => {
      to.policyRefused.set(1);
      log.error({ problems }, 'sidenote.yaml can’t be used: what was read before stays in force');
    },
  };
}

/** What becomes of the knowledge sources. */
function createSourceEvents(log: Logger, registry: Registry): Pick<Events, 'sourceSynced'> {
  const syncs = new Counter({
    name: 'sidenote_source_syncs_total',
    help: 'Syncs of knowledge sources, by outcome.',
    labelNames: ['source', 'outcome'],
    registers: [registry],
  });
  return {
    sourceSynced: ({ name: source, outcome, why: reason, changed, removed, problems }) => {
      syncs.inc({ source, outcome });
      const level = outcome === 'failed' ? 'error' : 'info';
      log[level]({ source, outcome, reason, changed, removed, unreadable: problems.length }, 'source synced');
    },
  };
}

/** Whoever asks for the database finds it away, several times a second: that is one line now and then. */
const awayLineEveryMs = 10_000;

/** What should not be, and is not a neighbour's. */
function createFaultEvents(
  log: Logger,
  to: ReturnType<typeof createInstruments>,
  now: () => number,
): Pick<Events, 'databaseAway' | 'unexpected'> {
  let lineAt = -Infinity;
  return {
    databaseAway: (error) => {
      to.databaseAway.inc();
      const sinceMs = now() - lineAt;
      if (sinceMs >= 0 && sinceMs < awayLineEveryMs) return; // below 0: the clock was set back
      lineAt = now();
      log.error({ reason: error.message }, 'the database is away');
    },
    unexpected: (error) => {
      log.error({ err: error }, 'unexpected error');
    },
  };
}

/** Events to a log and to counters in `registry`; `now` in ms. */
export function createEvents(log: Logger, registry: Registry, now: () => number): Events {
  const to = createInstruments(registry);

  const ended = (turn: Turn): void => {
    to.ended.inc({ state: turn.state });
    if (turn.state === 'delivered') to.turnSeconds.observe((turn.endedAt - turn.openedAt) / 1000);
    const level = turn.state === 'dead' ? 'error' : 'info';
    const reason = 'reason' in turn ? turn.reason : undefined;
    log[level]({ ...ids(turn), state: turn.state, reason, attempt: turn.attempt }, 'turn ended');
  };

  return {
    webhookAnswered: ({ status, text, result, topic, ms }) => {
      to.webhooks.inc({ result, status });
      to.webhookSeconds.observe(ms / 1000);
      const level = status === 200 ? 'debug' : 'warn';
      log[level]({ status, result, topic, reason: status === 200 ? undefined : text, ms }, 'webhook answered');
    },
    turnOpened: (turn) => {
      to.opened.inc();
      log.debug(ids(turn), 'turn opened');
    },
    turnClaimed: (turn) => {
      to.running.inc();
      log.debug({ ...ids(turn), attempt: turn.attempt }, 'turn claimed');
    },
    stageEnded: (turn, stage, ms) => {
      to.stageSeconds.observe({ stage }, ms / 1000);
      log.debug({ ...ids(turn), stage, ms }, 'stage ended');
    },
    attemptEnded: (turn) => {
      to.running.dec();
      if (turn.state !== 'waiting') return ended(turn);
      to.failed.inc();
      const { attempt, dueAt, lastError } = turn;
      log.warn({ ...ids(turn), attempt, dueAt: new Date(dueAt).toISOString(), reason: lastError }, 'attempt failed');
    },
    turnEnded: ended,
    attemptDiscarded: (turn) => {
      to.running.dec();
      log.debug(ids(turn), 'attempt discarded');
    },
    neighbourChanged: (neighbour, health) => {
      if (health.state === 'failing') log.error({ neighbour, reason: health.reason }, 'work waits for a neighbour');
      else log.info({ neighbour }, 'a neighbour answers');
    },
    ...modelEvents(log, to),
    ...createIntercomEvents(log, to),
    sweepEnded: (found) => {
      to.swept.inc(found);
      if (found > 0) log.warn({ found }, 'the sweep found messages whose webhook never came');
    },
    sweepFailed: (reason) => log.warn({ reason }, 'the sweep goes on later'),
    outboundRefused: (origin) => {
      to.refused.inc();
      log.error({ origin }, 'outbound connection refused: the host is not configured');
    },
    ...createSteeringEvents(log, registry),
    ...createSourceEvents(log, registry),
    ...createFaultEvents(log, to, now),
  };
}

/** What is said of the model servers. */
const modelEvents = (
  log: Logger,
  to: ReturnType<typeof createModelInstruments>,
): Pick<Events, 'modelNoticed' | 'modelServerChanged'> => ({
  modelNoticed: (notice) => {
    if (notice.type === 'call-started') to.modelWaitSeconds.observe({ lane: notice.lane }, notice.waitedMs / 1000);
    else if (notice.type === 'reasoning-adopted') log.warn({ notice }, 'the model server gives answers as reasoning');
    else log.info({ notice }, 'the model server was noticed');
  },
  modelServerChanged: (event) => modelServerChanged(log, to, event),
});

/** What becomes of the calls to Intercom. */
const createIntercomEvents = (
  log: Logger,
  to: ReturnType<typeof createIntercomInstruments>,
): Pick<Events, 'intercomWaited' | 'intercomChanged'> => ({
  intercomWaited: (urgency, waitedMs) => to.intercomWaitSeconds.observe({ urgency }, waitedMs / 1000),
  intercomChanged: (state) => {
    to.intercomPaused.set(pausedValues[state.kind]);
    if (state.kind === 'open') log.error({ reason: state.reason }, 'calls to Intercom are held back');
    else if (state.kind === 'recovering') log.info({}, 'Intercom is back, and turns come back slowly');
    else log.info({}, 'Intercom gets all calls again');
  },
});

const pausedValues = { closed: 0, recovering: 0.5, open: 1 } as const;

function modelServerChanged(log: Logger, to: ReturnType<typeof createModelInstruments>, event: ServerEvent): void {
  const { server } = event;
  if (event.type === 'failover') {
    to.modelFailovers.inc({ server });
    log.warn({ server, to: event.to, reason: event.reason }, 'a call to the model went on at another server');
    return;
  }
  if (event.type === 'probed') {
    const { facts } = event;
    const level = facts.findings.some(({ weight }) => weight === 'problem') ? 'warn' : 'info';
    log[level]({ server, probe: describeFacts(server, facts) }, 'the model server was probed');
    return;
  }
  if (event.type === 'unanswered') {
    log.warn({ server, reason: event.reason }, 'a new model server did not answer its probe, and is asked again');
    return;
  }
  if (event.type === 'draining') {
    log.info({ server }, 'the model server is draining: it finishes what it has and gets nothing new');
    return;
  }
  if (event.type === 'left') {
    if (!event.isReplaced) to.modelServerPaused.remove({ server });
    log.info({ server }, 'the model server has finished what it had and is left alone');
    return;
  }
  const { state } = event;
  to.modelServerPaused.set({ server }, pausedValues[state.kind]);
  if (event.type === 'joined') log.info({ server }, 'the model server is there for calls');
  else if (state.kind === 'open')
    log.error({ server, reason: state.reason }, 'calls to the model server are held back');
  else if (state.kind === 'recovering') log.info({ server }, 'the model server is taken up again, slowly');
  else log.info({ server }, 'the model server gets all calls again');
}
