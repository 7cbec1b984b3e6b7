import type { ModelNotice } from '../chat-call.ts';
import { unlessAborted } from '../connection.ts';
import { cancelled, timeoutError } from '../errors.ts';
import { createLimiter, queueDeadline } from '../limiter.ts';
import { alternate } from '../messages.ts';
import { ModelError } from '../model.ts';
import type { LanguageModel, Message, ModelCall, ModelEvent, ModelRequest } from '../model.ts';
import { startTimers } from '../timers.ts';
import { localModelName } from './gguf-file.ts';
import type { GenerateOrder, Loaded } from './protocol.ts';
import { readReports } from './read-reports.ts';
import { startWorker } from './worker-process.ts';
import type { GivenOrder, LocalWorker, WorkerSettings } from './worker-process.ts';

export type LocalModelOptions = {
  /** A GGUF file. */
  readonly path: string;
  /** Threads that compute. */
  readonly threads: number;
  /** The variables of the worker process. It needs none of the server's secrets, so it is not given them. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of one answer, from the order to its end; the time to load the model is not in it. */
  readonly totalMs: number;
  /** Unix time in ms. */
  readonly now: () => number;
  readonly onNotice?: (notice: ModelNotice) => void;
  /** What is imported; a test has its own. Default: node-llama-cpp. */
  readonly peer?: string;
};

/** A language model in a process of its own on this machine. */
export type LocalModel = LanguageModel &
  Disposable & {
    /** Loads the model where it is not. @throws ModelError */
    load(signal: AbortSignal): Promise<Loaded>;
    /** The tokens of a prompt in the model's chat template. @throws ModelError */
    countTokens(messages: readonly Message[], signal: AbortSignal): Promise<number>;
  };

/** Room for instructions, passages, history and an answer; more would cost memory for every model. */
const windowTokensMax = 8192;

/** Some GB from a slow disk. */
const loadTimeoutMs = 300_000;

/** Between two tokens, which even a slow processor makes faster. */
const idleMsMax = 60_000;

/**
 * A GGUF file as a language model, by node-llama-cpp in one worker process, for those who have no model server yet. The
 * process is started with the first call and again after it died. One answer at a time: a processor has no room for two.
 */
export function createLocalModel(options: LocalModelOptions): LocalModel {
  const { path, totalMs, now } = options;
  const name = localModelName(path);
  const limiter = createLimiter(1, now);
  let worker: LocalWorker | undefined;
  let lastId = 0;
  let holdsBack = true;

  async function ready(signal: AbortSignal): Promise<{ readonly worker: LocalWorker; readonly loaded: Loaded }> {
    if (signal.aborted) throw cancelled(signal);
    if (worker === undefined || worker.isDead) worker = startWorker(workerSettings(options));
    const started = worker;
    try {
      return { worker: started, loaded: await unlessAborted(started.loaded, signal) };
    } catch (error) {
      throw signal.aborted ? cancelled(signal) : error;
    }
  }

  async function* read(order: GivenOrder, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const context = { host: name, promptTexts: request.messages.map(({ content }) => content) };
    const timeouts = { firstEventMs: totalMs, idleMs: Math.min(totalMs, idleMsMax), totalMs };
    const timers = startTimers(timeouts, signal, (kind, afterMs) => timeoutError(context, kind, afterMs));
    const over = (): void => order.abort(timers.reason ?? cancelled(signal));
    timers.signal.addEventListener('abort', over);
    if (timers.signal.aborted) over();
    try {
      const onWhole = (mixes: boolean | undefined): void => void (holdsBack = mixes ?? holdsBack);
      yield* readReports(order.reports, { request, holdsBack, context, onWhole }, timers);
    } finally {
      timers.stop();
      over();
    }
  }

  async function* generate(request: ModelRequest, { signal, lane }: ModelCall): AsyncGenerator<ModelEvent> {
    const slot = await limiter.acquire(lane, signal, queueDeadline(lane, totalMs, options.now()));
    let free = Promise.resolve();
    try {
      const { worker: ours } = await ready(signal);
      options.onNotice?.({ type: 'call-started', lane, waitedMs: slot.waitedMs });
      const order = ours.give(toOrder((lastId += 1), request));
      free = order.settled;
      yield* read(order, request, signal);
    } finally {
      // The next answer begins when the worker has let go of this one, which nobody waits for.
      void free.then(() => slot.release());
    }
  }

  return {
    generate,
    async servedModels(signal) {
      const { loaded } = await ready(signal);
      return [{ id: name, contextTokens: loaded.windowTokens }];
    },
    load: async (signal) => (await ready(signal)).loaded,
    async countTokens(messages, signal) {
      const { worker: ours } = await ready(signal);
      const order = ours.give({ type: 'count', id: (lastId += 1), messages: alternate(messages) });
      for await (const report of order.reports) {
        if (report.type === 'counted') return report.tokens;
        break;
      }
      throw new ModelError('engine', `The local model ${name} could not count the tokens of a prompt.`);
    },
    [Symbol.dispose]: () => worker?.stop(),
  };
}

const workerSettings = ({ path, threads, environment, ...options }: LocalModelOptions): WorkerSettings => ({
  order: { type: 'load', path, threads, windowTokensMax, peer: options.peer ?? 'node-llama-cpp' },
  environment,
  loadTimeoutMs,
});

const toOrder = (
  id: number,
  { messages, outputTokensMax, temperature, answerFormat }: ModelRequest,
): GenerateOrder => ({
  type: 'generate',
  id,
  messages: alternate(messages),
  outputTokensMax,
  temperature,
  ...(answerFormat === undefined ? {} : { schema: answerFormat.schema }),
});
