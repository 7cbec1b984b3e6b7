import type { Dispatcher } from 'undici';
import { askForStream, listModels, modelName } from './chat-call.ts';
import type { ModelNotice, Session } from './chat-call.ts';
import { createConnection } from './connection.ts';
import type { Call, ChatDialect } from './dialect.ts';
import { connectionError, timeoutError } from './errors.ts';
import type { ServerFamily } from './family.ts';
import { createLimiter, queueDeadline } from './limiter.ts';
import type { LanguageModel, ModelCall, ModelEvent, ModelRequest } from './model.ts';
import { readAnswer } from './read-answer.ts';
import { startTimers } from './timers.ts';
import type { Timeouts } from './timers.ts';

export type ChatModelOptions = {
  /** With or without `/v1`; see `parseBaseUrl`. */
  readonly baseUrl: URL;
  readonly apiKey: string | undefined;
  /** `undefined`: the served model, if there is exactly one. */
  readonly model: string | undefined;
  readonly timeouts: Timeouts;
  readonly dispatcher: Dispatcher;
  readonly concurrencyMax: number;
  /** Unix time in ms. */
  readonly now: () => number;
  readonly onNotice?: (notice: ModelNotice) => void;
  /** Which program serves the model, as soon as somebody knows: some take fields that others refuse. */
  readonly family?: () => ServerFamily | undefined;
};

/**
 * A language model behind HTTP, in one dialect. It streams always, asks for no thinking, and repeats nothing except
 * a request that a server refused over an optional field, or that died with a kept connection. Why it is our
 * own: docs/decisions/0006-model-adapter.md.
 *
 * @param root what the dialect's paths are added to
 * @throws ModelError `config`, at once, for a key that cannot work
 */
export function createChatAdapter(options: ChatModelOptions, dialect: ChatDialect, root: URL): LanguageModel {
  const session = startSession(options, dialect, root);
  const limiter = createLimiter(options.concurrencyMax, options.now);

  function startCall(promptTexts: readonly string[], signal: AbortSignal): Call {
    const context = { host: session.connection.host, promptTexts };
    const timers = startTimers(options.timeouts, signal, (kind, afterMs) => timeoutError(context, kind, afterMs));
    timers.waiting();
    return { context, timers, signal: timers.signal };
  }

  async function* generate(request: ModelRequest, modelCall: ModelCall): AsyncGenerator<ModelEvent> {
    const { signal, lane } = modelCall;
    const slot = await limiter.acquire(lane, signal, queueDeadline(lane, options.timeouts.totalMs, options.now()));
    const promptTexts = request.messages.map((message) => message.content);
    const call = startCall(promptTexts, signal);
    try {
      session.notify({ type: 'call-started', lane, waitedMs: slot.waitedMs });
      const model = await modelName(session, call);
      const response = await askForStream(session, model, request, lane, call);
      yield* readAnswer(session, model, request, response, call);
    } catch (error) {
      throw call.timers.reason ?? connectionError(call.context, error);
    } finally {
      call.timers.stop();
      slot.release();
    }
  }

  return {
    generate,
    async servedModels(signal) {
      const call = startCall([], signal);
      try {
        return await listModels(session, call);
      } catch (error) {
        throw call.timers.reason ?? connectionError(call.context, error);
      } finally {
        call.timers.stop();
      }
    },
  };
}

function startSession(options: ChatModelOptions, dialect: ChatDialect, root: URL): Session {
  const notify = options.onNotice ?? ((): void => undefined);
  return {
    connection: createConnection({
      baseUrl: root,
      apiKey: options.apiKey,
      dispatcher: options.dispatcher,
      onResend: () => notify({ type: 'request-resent' }),
    }),
    dialect,
    configuredName: options.model,
    family: options.family ?? ((): undefined => undefined),
    now: options.now,
    notify,
    servedName: undefined,
    refusedFields: new Set(),
    holdsBack: true,
    hasAdopted: false,
  };
}
