import { cancelled } from './errors.ts';
import type { TimeoutKind } from './errors.ts';
import type { ModelError } from './model.ts';

/**
 * How long a call may take, in ms. `firstEventMs`: from sending to the first data event.
 * `idleMs`: between two data events. `totalMs`: from sending to the end.
 */
export type Timeouts = { readonly firstEventMs: number; readonly idleMs: number; readonly totalMs: number };

export type CallTimers = {
  /** Aborted by the first timer that runs out, or by the caller. */
  readonly signal: AbortSignal;
  /** Why `signal` was aborted. */
  readonly reason: ModelError | undefined;
  /** We wait for the server now. Said again while we wait, it changes nothing: pings do not help. */
  waiting(): void;
  /** The server sent data. */
  heard(): void;
  /** Ends all timers; must be called when the call is over. */
  stop(): void;
};

/**
 * Runs the timers of one call. The time that our own consumer takes between two events counts
 * towards `totalMs` only: a slow reader does not make a quick server look idle.
 */
export function startTimers(
  timeouts: Timeouts,
  callerSignal: AbortSignal,
  timedOut: (kind: TimeoutKind, afterMs: number) => ModelError,
): CallTimers {
  const controller = new AbortController();
  let reason: ModelError | undefined;
  let silence: NodeJS.Timeout | undefined;
  let hasHeard = false;
  let isOver = false;

  function abort(error: ModelError): void {
    if (isOver) return;
    reason = error;
    stop();
    controller.abort(error);
  }
  const onCallerAbort = (): void => abort(cancelled(callerSignal));
  const total = setTimeout(() => abort(timedOut('total-timeout', timeouts.totalMs)), timeouts.totalMs);

  function stop(): void {
    isOver = true;
    clearTimeout(total);
    clearTimeout(silence);
    callerSignal.removeEventListener('abort', onCallerAbort);
  }

  callerSignal.addEventListener('abort', onCallerAbort, { once: true });
  if (callerSignal.aborted) onCallerAbort();

  return {
    signal: controller.signal,
    get reason() {
      return reason;
    },
    waiting() {
      if (silence !== undefined || isOver) return;
      const kind = hasHeard ? 'idle-timeout' : 'first-event-timeout';
      const afterMs = hasHeard ? timeouts.idleMs : timeouts.firstEventMs;
      silence = setTimeout(() => abort(timedOut(kind, afterMs)), afterMs);
    },
    heard() {
      hasHeard = true;
      clearTimeout(silence);
      silence = undefined;
    },
    stop,
  };
}
