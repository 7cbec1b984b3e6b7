import { ModelError } from '../model.ts';
import type { LanguageModel, ModelCall, ModelEvent, ModelRequest, ServedModel } from '../model.ts';
import type { Breaker } from '../../lib/breaker.ts';
import { QueuedTooLong } from '../limiter.ts';
import { isServerFailure } from './server-failure.ts';
import { chooseServer } from './choose.ts';

/** What a server is used for. A decision is a call with an `answerFormat`. */
export type GenerateRole = 'draft' | 'decide';

/** One model server, as the pool uses it. */
export type PooledServer = {
  /** For people: host and port, with the model's name where one server is named twice. */
  readonly name: string;
  readonly model: LanguageModel;
  /** As the settings name it; undefined: whatever the server serves. */
  readonly modelName?: string | undefined;
  readonly roles: ReadonlySet<string>;
  /** Calls that the server gets at the same time. */
  readonly callsMax: number;
  readonly breaker: Breaker;
  /** A draining server finishes what it has and gets nothing new. */
  readonly isDraining: () => boolean;
};

export type PoolHooks = {
  /** A call failed before its first word at `from` and goes on at `to`. */
  readonly onFailover: (from: string, to: string, error: ModelError) => void;
  /** A call at the server ended. */
  readonly onCallEnded?: (server: PooledServer) => void;
};

export type Pool = LanguageModel & {
  /** Calls under way at the server, those in its queue included. */
  running(server: PooledServer): number;
  /** Turns that may be under work now: twice what the servers take, less where one is away or comes back. */
  turnsAllowed(): number;
};

/** The calls under way at each server. */
class RunningCalls {
  readonly #running = new Map<PooledServer, number>();
  readonly #onEnded: (server: PooledServer) => void;

  constructor(onEnded: (server: PooledServer) => void) {
    this.#onEnded = onEnded;
  }

  at(server: PooledServer): number {
    return this.#running.get(server) ?? 0;
  }

  /** One call to one server, counted, with its end told to the breaker. @throws ModelError */
  async *run(server: PooledServer, request: ModelRequest, call: ModelCall): AsyncGenerator<ModelEvent> {
    const { model, breaker, callsMax } = server;
    this.#running.set(server, this.at(server) + 1);
    try {
      for await (const event of model.generate(request, call)) {
        if (event.type === 'end') breaker.succeeded(callsMax);
        yield event;
      }
    } catch (error) {
      if (error instanceof ModelError && isServerFailure(error)) breaker.failed(error.message);
      throw error;
    } finally {
      const left = this.at(server) - 1;
      if (left > 0) this.#running.set(server, left);
      else this.#running.delete(server);
      this.#onEnded(server);
    }
  }
}

/**
 * Several servers as one model, those that `servers` gives at the time of a call: conversations stay where their prefix is cached, work goes where least is waiting,
 * and a call that fails before its first word goes on at another server.
 */
export function createPool(servers: () => readonly PooledServer[], hooks: PoolHooks): Pool {
  const calls = new RunningCalls((server) => hooks.onCallEnded?.(server));

  function choose(
    role: GenerateRole,
    { affinityKey, modelName }: ModelCall,
    tried: ReadonlySet<PooledServer>,
  ): PooledServer | undefined {
    const usable = withRole(servers(), role).filter(
      (server) => !tried.has(server) && !server.breaker.isOpen && !server.isDraining(),
    );
    const wanted = usable.filter((server) => modelName !== undefined && server.modelName === modelName);
    const candidates = (wanted.length > 0 ? wanted : usable).map((server) => ({
      name: server.name,
      callsMax: server.callsMax,
      running: calls.at(server),
      server,
    }));
    return chooseServer(candidates, affinityKey)?.server;
  }

  async function* generate(request: ModelRequest, call: ModelCall): AsyncGenerator<ModelEvent> {
    const role: GenerateRole = request.answerFormat === undefined ? 'draft' : 'decide';
    const tried = new Set<PooledServer>();
    let server = choose(role, call, tried);
    if (server === undefined) throw nobodyThere(withRole(servers(), role));
    for (;;) {
      tried.add(server);
      let hasBegun = false;
      try {
        for await (const event of calls.run(server, request, call)) {
          hasBegun = true;
          yield event;
        }
        return;
      } catch (error) {
        const next = hasBegun || !isWorthAnother(error) ? undefined : choose(role, call, tried);
        if (next === undefined || !(error instanceof ModelError)) throw error;
        hooks.onFailover(server.name, next.name, error);
        server = next;
      }
    }
  }

  return {
    generate,
    running: (server) => calls.at(server),
    turnsAllowed: () =>
      withRole(servers(), 'draft')
        .filter((server) => !server.isDraining())
        .reduce((sum, { breaker, callsMax }) => sum + breaker.callsAllowed(callsMax * 2), 0),
    servedModels: async (signal) => await listAll(withRole(servers(), 'draft'), signal),
  };
}

/** Those with the role; where none has it, those that draft: a single server does everything. */
export function withRole<Server extends PooledServer>(
  servers: readonly Server[],
  role: GenerateRole,
): readonly Server[] {
  const named = servers.filter(({ roles }) => roles.has(role));
  return named.length > 0 ? named : servers.filter(({ roles }) => roles.has('draft'));
}

/** Another server may do what this one could not, unless nobody wants it any more or the prompt is at fault. */
const isWorthAnother = (error: unknown): boolean =>
  error instanceof ModelError &&
  !(error instanceof QueuedTooLong) &&
  error.kind !== 'cancelled' &&
  error.kind !== 'too-long';

/** No server takes a call now: each is open or draining. */
function nobodyThere(servers: readonly PooledServer[]): ModelError {
  const states = servers.map(({ name, breaker }) =>
    breaker.state.kind === 'open'
      ? `${name} is asked again by itself; it failed last: ${breaker.state.reason}`
      : `${name} is draining, as "drain: true" in sidenote.yaml says.`,
  );
  return new ModelError('busy', `No model server takes calls now, and work waits. ${states.join(' ')}`);
}

/** The models of the first server that tells, since all serve the same. @throws ModelError when none tells */
async function listAll(servers: readonly PooledServer[], signal: AbortSignal): Promise<readonly ServedModel[]> {
  let failure: unknown = new ModelError('config', 'No model server is configured. Set LLM_BASE_URL.');
  for (const { model } of servers) {
    try {
      return await model.servedModels(signal);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
