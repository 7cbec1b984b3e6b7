import { createTokenBudget } from '../budget.ts';
import type { TokenBudget } from '../budget.ts';
import { createWindow } from '../window.ts';
import { describeFacts } from './facts.ts';
import { createPool, withRole } from './pool.ts';
import type { Pool } from './pool.ts';
import { createServer } from './server.ts';
import type { ModelServer, ServerDeps } from './server.ts';
import type { ServerSettings } from './settings.ts';

/** All model servers of this process. */
export type ModelServers = {
  readonly all: readonly ModelServer[];
  /** Those that draft and decide, as one model. */
  readonly pool: Pool;
  readonly budget: TokenBudget;
  /** Probes every server; rejects with the first failure when all are done. @throws ModelError */
  probe(signal: AbortSignal): Promise<void>;
  /** Looks after each server; see `ModelServer.look`. Never throws. */
  look(signal: AbortSignal): Promise<void>;
  /** For `/readyz`: no words of anyone, no keys. */
  report(): readonly Readonly<Record<string, unknown>>[];
};

export type ServersDeps = Omit<ServerDeps, 'apiKey'>;

/** @throws ModelError `config`, for an address or a key that can't work */
export function createServers(
  configured: readonly { readonly settings: ServerSettings; readonly apiKey: string | undefined }[],
  deps: ServersDeps,
): ModelServers {
  const all = configured.map(({ settings, apiKey }) => createServer(settings, { ...deps, apiKey }));
  const pool = createPool(all, {
    onFailover: (server, to, { message: reason }) => deps.onEvent({ type: 'failover', server, to, reason }),
  });
  const drafting = all.filter((server) => withRole(all, 'draft').includes(server));
  const askedWindow = createWindow(pool, drafting[0]?.settings.model);

  async function windowTokens(signal: AbortSignal): Promise<number> {
    const known = drafting.flatMap(({ facts }) => facts?.windowTokens ?? []);
    return known.length > 0 ? Math.min(...known) : await askedWindow(signal);
  }

  async function probe(signal: AbortSignal): Promise<void> {
    const outcomes = await Promise.allSettled(all.map(async (server) => await server.probe(signal)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  return {
    all,
    pool,
    budget: createTokenBudget({
      windowTokens,
      count: async (messages, signal) => {
        const counting = drafting.find(({ facts, breaker }) => facts?.countsTokens === true && !breaker.isOpen);
        return await counting?.countTokens(messages, signal);
      },
    }),
    probe,
    look: async (signal) =>
      void (await Promise.all(all.map(async (server) => await server.look(pool.running(server) > 0, signal)))),
    report: () => all.map((server) => reportOf(server, pool.running(server))),
  };
}

function reportOf(server: ModelServer, running: number): Readonly<Record<string, unknown>> {
  const { name, breaker, facts, settings } = server;
  const { state } = breaker;
  return {
    server: name,
    state: settings.isDraining
      ? 'draining'
      : ({ closed: 'ok', open: 'paused', recovering: 'recovering' } as const)[state.kind],
    ...(state.kind === 'open' ? { since: state.since, reason: state.reason, nextTryAt: state.canaryAt } : {}),
    running,
    roles: [...settings.roles],
    ...(facts === undefined ? {} : { probe: describeFacts(name, facts) }),
  };
}
