import { createTokenBudget } from '../budget.ts';
import type { TokenBudget } from '../budget.ts';
import { createWindow } from '../window.ts';
import { describeFacts } from './facts.ts';
import { createLocalServer } from './local-server.ts';
import { createPool, withRole } from './pool.ts';
import type { Pool } from './pool.ts';
import { createServer } from './server.ts';
import type { ModelServer, ServerDeps } from './server.ts';
import type { LocalSettings, ServerSettings } from './settings.ts';

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
  /** Ends what runs on this machine. */
  stop(): void;
};

export type ServersDeps = Omit<ServerDeps, 'apiKey'>;

/** What is configured: servers with their keys, or a model on this machine. */
export type ConfiguredServer =
  | { readonly settings: ServerSettings; readonly apiKey: string | undefined }
  | { readonly local: LocalSettings };

/** @throws ModelError `config`, for an address or a key that can't work */
export function createServers(configured: readonly ConfiguredServer[], deps: ServersDeps): ModelServers {
  const all = configured.map((one) =>
    'local' in one ? createLocalServer(one.local, deps) : createServer(one.settings, { ...deps, apiKey: one.apiKey }),
  );
  const pool = createPool(all, {
    onFailover: (server, to, { message: reason }) => deps.onEvent({ type: 'failover', server, to, reason }),
  });
  const drafting = all.filter((server) => withRole(all, 'draft').includes(server));
  const askedWindow = createWindow(pool, drafting[0]?.modelName);

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
    stop() {
      for (const server of all) server.stop();
    },
  };
}

function reportOf(server: ModelServer, running: number): Readonly<Record<string, unknown>> {
  const { name, breaker, facts, roles } = server;
  const { state } = breaker;
  return {
    server: name,
    state: server.isDraining()
      ? 'draining'
      : ({ closed: 'ok', open: 'paused', recovering: 'recovering' } as const)[state.kind],
    ...(state.kind === 'open' ? { since: state.since, reason: state.reason, nextTryAt: state.canaryAt } : {}),
    running,
    roles: [...roles],
    ...(facts === undefined ? {} : { probe: describeFacts(name, facts) }),
  };
}
