/** The model servers, made from the settings. */
import type { ModelSettings } from './config.ts';
import type { Events } from './events.ts';
import type { HealthRecord } from './lib/health.ts';
import { createTokenBudget, type TokenBudget } from './llm/budget.ts';
import type { ModelNotice } from './llm/chat-call.ts';
import type { LanguageModel } from './llm/model.ts';
import type { ServerEvent } from './llm/servers/server.ts';
import type { ConfiguredServer } from './llm/servers/roster.ts';
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
  /** Turns under work at the same time while all is well. */
  readonly turnsMax: () => number;
  /** The keys of the servers as they are now. */
  readonly modelKeys: () => readonly string[];
  /** Follows other settings while calls run; see `ModelServers.replace`. @throws ModelError `config`; then nothing has changed */
  readonly replaceModels: (settings: ModelSettings) => void;
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

/** Twice what the servers take, since a turn reads and posts besides. */
function turnsMaxOf({ model }: ModelSettings): number {
  if (model.local !== undefined) return 2;
  const drafting = model.servers.filter(({ roles }) => roles.has('draft'));
  const callsMax = drafting.reduce((sum, server) => sum + server.callsMax, 0);
  return (callsMax || 8) * 2;
}

function configuredServers({ model, modelKeys }: ModelSettings): readonly ConfiguredServer[] {
  const { timeoutMs: totalMs, local } = model;
  const timeouts = { firstEventMs: Math.min(totalMs, 60_000), idleMs: Math.min(totalMs, 15_000), totalMs };
  if (local !== undefined) return [{ local, timeouts }];
  return model.servers.map((settings) => ({ settings, timeouts, apiKey: modelKeys.get(settings.keyFrom) }));
}

/** @throws ModelError `config`, for an address or a key that can't work */
export function createModelSide(
  first: ModelSettings,
  hooks: ModelHooks & { readonly onRefused: (origin: string) => void },
  now: () => number,
): ModelSide {
  let settings = first;
  const servers = createServers(hooks.model === undefined ? configuredServers(first) : [], {
    now,
    monotonicNow: () => performance.now(),
    random: Math.random,
    onNotice: (notice) => hooks.onNotice?.(notice),
    onEvent: (event) => hooks.onServer?.(event),
    onRefused: hooks.onRefused,
  });
  const { pool, budget } = servers;
  const side = {
    servers,
    turnsMax: () => turnsMaxOf(settings),
    modelKeys: () => [...settings.modelKeys.values()],
    replaceModels: (following: ModelSettings): void => {
      if (hooks.model === undefined) servers.replace(configuredServers(following));
      settings = following;
    },
  };
  if (hooks.model === undefined) {
    const greetModel = async (signal: AbortSignal): Promise<void> => await servers.probe(signal);
    return { ...side, model: pool, budget, greetModel, turnsAllowed: () => pool.turnsAllowed() };
  }
  const { model } = hooks;
  return {
    ...side,
    model,
    budget: createTokenBudget({ windowTokens: createWindow(model, undefined) }),
    greetModel: async (signal) => void (await model.servedModels(signal)),
    turnsAllowed: () => Number.POSITIVE_INFINITY,
  };
}
