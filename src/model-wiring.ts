/** The model servers, made from the settings. */
import type { Dispatcher } from 'undici';
import type { Config, Secrets } from './config.ts';
import type { Events } from './events.ts';
import type { HealthRecord } from './lib/health.ts';
import { createTokenBudget, type TokenBudget } from './llm/budget.ts';
import type { ModelNotice } from './llm/chat-call.ts';
import type { LanguageModel } from './llm/model.ts';
import type { ServerEvent } from './llm/servers/server.ts';
import { createServers, type ModelServers } from './llm/servers/servers.ts';
import { createWindow } from './llm/window.ts';

/** What the app has of its model servers. */
export type ModelSide = {
  /** All servers that draft and decide, as one. */
  readonly model: LanguageModel;
  readonly budget: TokenBudget;
  readonly servers: ModelServers;
  /** Asks every model server what it can do. @throws ModelError for the first that does not answer */
  readonly greetModel: (signal: AbortSignal) => Promise<void>;
  /** Turns that the model servers have room for now. */
  readonly turnsAllowed: () => number;
};

export type ModelHooks = {
  readonly onNotice?: (notice: ModelNotice) => void;
  readonly onServer?: (event: ServerEvent) => void;
  /** In the place of the configured servers. */
  readonly model?: LanguageModel;
};

/** What is said of the model servers; `onRoom` hears when there may be more room at them. */
export const modelHooks = (
  events: Events,
  health: HealthRecord,
  model: LanguageModel | undefined,
  onRoom: () => void,
): ModelHooks => ({
  onNotice: (notice) => events.modelNoticed(notice),
  onServer: (event) => {
    events.modelServerChanged(event);
    if (event.type === 'probed') health.succeeded();
    onRoom();
  },
  ...(model === undefined ? {} : { model }),
});

/** Turns under work at the same time: twice what the servers take, since a turn reads and posts besides. */
export function turnsMax({ model }: Config): number {
  if (model.local !== undefined) return 2;
  const drafting = model.servers.filter(({ roles }) => roles.has('draft'));
  const callsMax = drafting.reduce((sum, server) => sum + server.callsMax, 0);
  return (callsMax || 8) * 2;
}

/** @throws ModelError `config`, for an address or a key that can't work */
export function createModelSide(
  { model: { servers: configured, local, timeoutMs: totalMs } }: Config,
  secrets: Secrets,
  hooks: ModelHooks,
  dispatcher: Dispatcher,
  now: () => number,
): ModelSide {
  const remote = configured.map((settings) => ({ settings, apiKey: secrets.modelKeys.get(settings.keyFrom) }));
  const used = local === undefined ? remote : [{ local }];
  const servers = createServers(hooks.model === undefined ? used : [], {
    dispatcher,
    timeouts: { firstEventMs: Math.min(totalMs, 60_000), idleMs: Math.min(totalMs, 15_000), totalMs },
    now,
    monotonicNow: () => performance.now(),
    random: Math.random,
    onNotice: (notice) => hooks.onNotice?.(notice),
    onEvent: (event) => hooks.onServer?.(event),
  });
  const { pool, budget } = servers;
  const greetModel = async (signal: AbortSignal): Promise<void> => await servers.probe(signal);
  if (hooks.model === undefined) {
    return { model: pool, budget, servers, greetModel, turnsAllowed: () => pool.turnsAllowed() };
  }
  const { model } = hooks;
  return {
    model,
    budget: createTokenBudget({ windowTokens: createWindow(model, undefined) }),
    servers,
    greetModel: async (signal) => void (await model.servedModels(signal)),
    turnsAllowed: () => Number.POSITIVE_INFINITY,
  };
}
