import type { WorkingTurn } from '../domain/turn.ts';
import type { Events } from '../events.ts';
import { IntercomError } from '../intercom/errors.ts';
import type { HealthRecord } from '../lib/health.ts';
import { ModelError } from '../llm/model.ts';
import type { AttemptResult } from '../queue/queue.ts';
import type { Attempt } from '../queue/worker.ts';
import { DatabaseAway } from '../store/database.ts';
import { toFailure } from './failure.ts';
import { runTurn, type RunTurnDeps } from './run-turn.ts';
import { TraceRecorder } from './trace.ts';

export type AttemptDeps = RunTurnDeps & {
  readonly events: Events;
  readonly health: { readonly intercom: HealthRecord; readonly model: HealthRecord };
  /** Ms, for durations. */
  readonly monotonicNow: () => number;
};

/** Errors that we know how to wait out; anything else is a defect and is logged whole. */
const isExpected = (error: unknown): boolean =>
  error instanceof ModelError || error instanceof IntercomError || error instanceof DatabaseAway;

/** Runs attempts: a turn in, a result and its trace out. Never throws. */
export function createAttempts(deps: AttemptDeps): (turn: WorkingTurn, signal: AbortSignal) => Promise<Attempt> {
  const { events, health } = deps;

  const noteHealth = (error: unknown): void => {
    // `gone` and `rejected` speak of one conversation or one request.
    const isAboutOne = error instanceof IntercomError && (error.kind === 'gone' || error.kind === 'rejected');
    if (error instanceof IntercomError && !isAboutOne) health.intercom.failed(error);
    if (error instanceof ModelError && error.kind !== 'cancelled') health.model.failed(error);
  };

  return async (turn, signal) => {
    const recorder = new TraceRecorder(deps.monotonicNow, (stage, ms) => events.stageEnded(turn, stage, ms));
    const { trace } = recorder;
    let result: AttemptResult;
    try {
      result = await runTurn(turn, deps, recorder, signal);
      health.intercom.succeeded();
      if (trace.completion !== undefined) health.model.succeeded();
    } catch (error) {
      result = { kind: 'failed', failure: toFailure(error) };
      if (!signal.aborted) {
        noteHealth(error);
        if (!isExpected(error)) events.unexpected(error);
      }
    }
    trace.result = result.kind;
    if ('reason' in result) trace.reason = result.reason;
    if (result.kind === 'failed') trace.reason = result.failure.message;
    return { result, trace: JSON.stringify(trace) };
  };
}
