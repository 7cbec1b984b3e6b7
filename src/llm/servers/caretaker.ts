import type { Breaker } from '../../lib/breaker.ts';
import { startDeadline } from '../../lib/deadline.ts';
import { flyCanary } from './canary.ts';
import type { ServerFamily } from '../family.ts';
import type { ServerFacts } from './facts.ts';
import { ModelError } from '../model.ts';
import type { LanguageModel } from '../model.ts';
import { hasMetrics, readEngineSample, StuckWatch } from './server-metrics.ts';
import type { ServerHttp } from './server-http.ts';

/** What is done for a server by the clock, beside the calls that it gets. */
export type Caretaker = {
  /** Does what it is time for: a canary, a probe, a look at the metrics. Never throws. */
  look(isBusy: boolean, signal: AbortSignal): Promise<void>;
};

export type CaretakerDeps = {
  readonly name: string;
  readonly model: LanguageModel;
  /** Undefined for a model that has no pages to ask. */
  readonly http: ServerHttp | undefined;
  readonly breaker: Breaker;
  /** Unix time in ms. */
  readonly now: () => number;
  /** Ms, for durations. */
  readonly monotonicNow: () => number;
  readonly probe: (signal: AbortSignal) => Promise<unknown>;
  readonly facts: () => ServerFacts | undefined;
};

const canaryMs = 20_000;
const metricsEveryMs = 10_000;

/** A server that did not answer the probe at the start is asked again. */
const probeEveryMs = 15_000;

export function createCaretaker(deps: CaretakerDeps): Caretaker {
  const { breaker, now } = deps;
  const stuck = new StuckWatch();
  let metricsReadAt = 0;
  let probedAt = now();
  let isLooking = false;

  async function probe(signal: AbortSignal): Promise<void> {
    probedAt = now();
    await deps.probe(signal).catch(() => undefined); // whoever needs the server says what is wrong with it
  }

  async function tryCanary(signal: AbortSignal): Promise<void> {
    const failure = await canaryFailure(deps, signal);
    if (signal.aborted) return;
    if (failure !== undefined) return breaker.canaryFailed(failure);
    stuck.reset();
    breaker.canarySucceeded();
    await probe(signal); // it may have come back as another
  }

  async function watchEngine(family: ServerFamily, signal: AbortSignal): Promise<void> {
    metricsReadAt = now();
    const answer = await deps.http?.root('/metrics', signal).catch(() => undefined);
    const sample = answer?.status === 200 ? readEngineSample(family, answer.text) : undefined;
    if (sample === undefined) return;
    const stuckMs = stuck.stuckForMs(sample, now());
    if (stuckMs !== undefined) breaker.open(stuckSentence(deps.name, sample.calls, stuckMs));
  }

  async function learnMore(facts: ServerFacts | undefined, isBusy: boolean, signal: AbortSignal): Promise<void> {
    if (facts === undefined) {
      if (now() - probedAt >= probeEveryMs) await probe(signal);
    } else if (isBusy && hasMetrics(facts.family) && now() - metricsReadAt >= metricsEveryMs) {
      await watchEngine(facts.family, signal);
    }
  }

  return {
    async look(isBusy, signal) {
      if (isLooking) return;
      isLooking = true;
      try {
        const facts = deps.facts();
        if (!isBusy) stuck.reset();
        if (breaker.isCanaryDue) await tryCanary(signal);
        else if (!breaker.isOpen) await learnMore(facts, isBusy, signal);
      } finally {
        isLooking = false;
      }
    },
  };
}

/** Why a canary did not come back, in a sentence; undefined when it did. */
async function canaryFailure(
  { name, model, monotonicNow }: CaretakerDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  using deadline = startDeadline(canaryMs, signal);
  try {
    await flyCanary(model, deadline.signal, monotonicNow);
    return undefined;
  } catch (error) {
    const isSlow = error instanceof ModelError && error.kind === 'cancelled';
    if (isSlow) return `The model server ${name} did not answer one word within ${canaryMs} ms. Look at its log.`;
    return error instanceof Error ? error.message : String(error);
  }
}

function stuckSentence(name: string, calls: number, stuckMs: number): string {
  const seconds = Math.round(stuckMs / 1000);
  return `The model server ${name} has ${calls} calls and has made no token for ${seconds} s: its engine is stuck. Restart it.`;
}
