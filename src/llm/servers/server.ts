import type { Dispatcher } from 'undici';
import type { ModelNotice } from '../chat-call.ts';
import type { LanguageModel, Message } from '../model.ts';
import type { Timeouts } from '../timers.ts';
import { createAdapter } from './adapter.ts';
import { Breaker, type BreakerState } from '../../lib/breaker.ts';
import { breakerRules } from './server-failure.ts';
import { createCaretaker } from './caretaker.ts';
import type { ServerFacts } from './facts.ts';
import type { PooledServer } from './pool.ts';
import { probeServer } from './probe.ts';
import { createServerHttp } from './server-http.ts';
import { serverName } from './settings.ts';
import type { ServerSettings } from './settings.ts';
import { countTokens } from './token-count.ts';

/** What happened to a server that an operator wants to know. */
export type ServerEvent =
  | { readonly type: 'breaker'; readonly server: string; readonly state: BreakerState }
  | { readonly type: 'probed'; readonly server: string; readonly facts: ServerFacts }
  | { readonly type: 'failover'; readonly server: string; readonly to: string; readonly reason: string }
  /** It is there, and may get calls while `state` allows it. */
  | { readonly type: 'joined'; readonly server: string; readonly state: BreakerState }
  /** It finishes what it has and gets nothing new. */
  | { readonly type: 'draining'; readonly server: string }
  /** It is configured no more and has finished what it had. `isReplaced`: another of that name is there. */
  | { readonly type: 'left'; readonly server: string; readonly isReplaced: boolean }
  /** A server that joined did not answer its probe; it is asked again by itself. */
  | { readonly type: 'unanswered'; readonly server: string; readonly reason: string };

export type ServerDeps = {
  readonly dispatcher: Dispatcher;
  readonly apiKey: string | undefined;
  readonly timeouts: Timeouts;
  /** Unix time in ms. */
  readonly now: () => number;
  /** Ms, for durations. */
  readonly monotonicNow: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly onNotice: (notice: ModelNotice) => void;
  readonly onEvent: (event: ServerEvent) => void;
};

/** One model server with all that we know of it, and what we do by the clock to know more. */
export type ModelServer = PooledServer & {
  /** `undefined`: the served model, if there is exactly one. */
  readonly modelName: string | undefined;
  /** What the last probe found; undefined before the first. */
  readonly facts: ServerFacts | undefined;
  /** @throws ModelError when the server does not answer */
  probe(signal: AbortSignal): Promise<ServerFacts>;
  /** Flies a canary or reads the metrics where it is time for it. Never throws; call it every second or so. */
  look(isBusy: boolean, signal: AbortSignal): Promise<void>;
  countTokens(messages: readonly Message[], signal: AbortSignal): Promise<number | undefined>;
  /** Whether it gets nothing new from now on. */
  drain(isDraining: boolean): void;
  /** Closes its connections when what is under way has ended, and ends what runs on this machine for it. */
  stop(): Promise<void>;
};

/** A question that is no chat is answered in this time or not at all. */
const questionMs = 3000;

export function createServer(settings: ServerSettings, deps: ServerDeps): ModelServer {
  const name = serverName(settings);
  const { now, monotonicNow, onEvent } = deps;
  let facts: ServerFacts | undefined;
  let { isDraining } = settings;
  const model: LanguageModel = createAdapter(settings, deps, () => facts?.family);
  const { baseUrl } = settings;
  const http = createServerHttp({ baseUrl, apiKey: deps.apiKey, dispatcher: deps.dispatcher }, questionMs);
  const breaker = new Breaker(breakerRules, {
    now,
    random: deps.random,
    onChange: (state) => onEvent({ type: 'breaker', server: name, state }),
  });

  async function probe(signal: AbortSignal): Promise<ServerFacts> {
    facts = await probeServer({ settings, model, http, monotonicNow }, signal);
    onEvent({ type: 'probed', server: name, facts });
    return facts;
  }

  const caretaker = createCaretaker({ name, model, http, breaker, now, monotonicNow, probe, facts: () => facts });

  return {
    name,
    modelName: settings.model,
    model,
    breaker,
    probe,
    look: async (isBusy, signal) => await caretaker.look(isBusy, signal),
    roles: settings.roles,
    callsMax: settings.callsMax,
    isDraining: () => isDraining,
    drain: (drains) => void (isDraining = drains),
    get facts() {
      return facts;
    },
    stop: async () => await deps.dispatcher.close(),
    countTokens: async (messages, signal) =>
      facts?.countsTokens === true ? await countTokens(http, facts, messages, signal) : undefined,
  };
}
