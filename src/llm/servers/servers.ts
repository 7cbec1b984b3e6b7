import { createOutbound } from '../../lib/outbound.ts';
import { createTokenBudget } from '../budget.ts';
import type { TokenBudget } from '../budget.ts';
import { createWindow } from '../window.ts';
import { describeFacts } from './facts.ts';
import { createLocalServer } from './local-server.ts';
import { createPool, withRole } from './pool.ts';
import type { Pool } from './pool.ts';
import { createRoster } from './roster.ts';
import type { ConfiguredServer } from './roster.ts';
import { createServer } from './server.ts';
import type { ModelServer, ServerDeps } from './server.ts';

/** All model servers of this process. */
export type ModelServers = {
  /** As they are configured now. */
  readonly all: readonly ModelServer[];
  /** Those that draft and decide, as one model. */
  readonly pool: Pool;
  readonly budget: TokenBudget;
  /** Follows a new configuration; see `Roster.replace`. New servers are probed at once. @throws ModelError `config` */
  replace(configured: readonly ConfiguredServer[]): void;
  /** Tells of each server that it is there. */
  announce(): void;
  /** Probes every server; rejects with the first failure when all are done. @throws ModelError */
  probe(signal: AbortSignal): Promise<void>;
  /** Looks after each server; see `ModelServer.look`. Never throws. */
  look(signal: AbortSignal): Promise<void>;
  /** For `/readyz`: no words of anyone, no keys. */
  report(): readonly Readonly<Record<string, unknown>>[];
  /** Closes their connections and ends what runs on this machine. */
  stop(): Promise<void>;
};

export type ServersDeps = Omit<ServerDeps, 'apiKey' | 'dispatcher' | 'timeouts'> & {
  /** A server asked for a connection to another place than its own address. */
  readonly onRefused: (origin: string) => void;
};

/** Beside the calls that a server gets: a probe asks for several pages at once. */
const connectionsBeside = 8;

/** A server with a door of its own, which leads to its address and nowhere else. @throws ModelError `config` */
function openServer(configured: ConfiguredServer, deps: ServersDeps): ModelServer {
  const { timeouts } = configured;
  if ('local' in configured) return createLocalServer(configured.local, { ...deps, timeouts });
  const { settings, apiKey } = configured;
  const dispatcher = createOutbound({
    allowedOrigins: new Set([settings.baseUrl.origin]),
    connectionsPerOriginMax: settings.callsMax + connectionsBeside,
    onRefused: deps.onRefused,
  });
  return createServer(settings, { ...deps, timeouts, apiKey, dispatcher });
}

/** @throws ModelError `config`, for an address or a key that can't work */
export function createServers(configured: readonly ConfiguredServer[], deps: ServersDeps): ModelServers {
  const stopping = new AbortController();
  const { onEvent } = deps;
  const roster = createRoster(configured, {
    open: (one, onOwnEvent) => openServer(one, { ...deps, onEvent: onOwnEvent }),
    isBusy: (server) => pool.running(server) > 0,
    onEvent,
  });
  const pool: Pool = createPool(() => roster.members, {
    onFailover: (server, to, { message: reason }) => onEvent({ type: 'failover', server, to, reason }),
    onCallEnded: (server) => roster.settle(server),
  });
  const drafting = (): readonly ModelServer[] => withRole(roster.members, 'draft');
  let askWindow = createWindow(pool, drafting()[0]?.modelName);

  async function windowTokens(signal: AbortSignal): Promise<number> {
    const known = drafting().flatMap(({ facts }) => facts?.windowTokens ?? []);
    return known.length > 0 ? Math.min(...known) : await askWindow(signal);
  }

  async function probe(signal: AbortSignal): Promise<void> {
    const outcomes = await Promise.allSettled(roster.members.map(async (server) => await server.probe(signal)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async function meet(server: ModelServer): Promise<void> {
    try {
      await server.probe(stopping.signal);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const isThere = roster.members.includes(server) && !stopping.signal.aborted;
      if (isThere) onEvent({ type: 'unanswered', server: server.name, reason });
    }
  }

  return {
    get all() {
      return roster.members;
    },
    pool,
    budget: createTokenBudget({
      windowTokens,
      count: async (messages, signal) => {
        const counting = drafting().find(({ facts, breaker }) => facts?.countsTokens === true && !breaker.isOpen);
        return await counting?.countTokens(messages, signal);
      },
    }),
    replace(following) {
      const joined = roster.replace(following);
      askWindow = createWindow(pool, drafting()[0]?.modelName);
      for (const server of joined) void meet(server);
    },
    announce: () => roster.announce(),
    probe,
    look: async (signal) =>
      void (await Promise.all(
        roster.members.map(async (server) => await server.look(pool.running(server) > 0, signal)),
      )),
    report: () => [...roster.members, ...roster.leaving].map((server) => reportOf(server, pool.running(server))),
    async stop() {
      stopping.abort();
      await Promise.all([...roster.members, ...roster.leaving].map(async (server) => await server.stop()));
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
