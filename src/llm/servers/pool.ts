import { ModelError } from '../model.ts';
import type { LanguageModel, ModelCall, ModelEvent, ModelRequest, ServedModel } from '../model.ts';
import type { Breaker } from '../../lib/breaker.ts';
import { isServerFailure } from './server-failure.ts';
import { chooseServer } from './choose.ts';

/** What a server is used for. A decision is a call with an `answerFormat`. */
export type GenerateRole = 'draft' | 'decide';

/** One model server, as the pool uses it. */
export type Endpoint = {
  /** For people: host and port, with the model's name where one server is named twice. */
  readonly name: string;
  readonly model: LanguageModel;
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
};

export type Pool = LanguageModel & {
  readonly endpoints: readonly Endpoint[];
  /** Calls under way at the server, those in its queue included. */
  running(endpoint: Endpoint): number;
  /** Turns that may be under work now: twice what the servers take, less where one is away or comes back. */
  turnsAllowed(): number;
};

/** The calls under way at each server. */
class RunningCalls {
  readonly #running = new Map<Endpoint, number>();

  at(endpoint: Endpoint): number {
    return this.#running.get(endpoint) ?? 0;
  }

  /** One call to one server, counted, with its end told to the breaker. @throws ModelError */
  async *run(endpoint: Endpoint, request: ModelRequest, call: ModelCall): AsyncGenerator<ModelEvent> {
    const { model, breaker, callsMax } = endpoint;
    this.#running.set(endpoint, this.at(endpoint) + 1);
    try {
      for await (const event of model.generate(request, call)) {
        if (event.type === 'end') breaker.succeeded(callsMax);
        yield event;
      }
    } catch (error) {
      if (error instanceof ModelError && isServerFailure(error)) breaker.failed(error.message);
      throw error;
    } finally {
      this.#running.set(endpoint, this.at(endpoint) - 1);
    }
  }
}

/**
 * Several servers as one model: conversations stay where their prefix is cached, work goes where least is waiting,
 * and a call that fails before its first word goes on at another server.
 */
export function createPool(endpoints: readonly Endpoint[], hooks: PoolHooks): Pool {
  const calls = new RunningCalls();

  function choose(
    role: GenerateRole,
    affinityKey: string | undefined,
    tried: ReadonlySet<Endpoint>,
  ): Endpoint | undefined {
    const usable = withRole(endpoints, role).filter(
      (endpoint) => !tried.has(endpoint) && !endpoint.breaker.isOpen && !endpoint.isDraining(),
    );
    const candidates = usable.map((endpoint) => ({
      name: endpoint.name,
      callsMax: endpoint.callsMax,
      running: calls.at(endpoint),
      endpoint,
    }));
    return chooseServer(candidates, affinityKey)?.endpoint;
  }

  async function* generate(request: ModelRequest, call: ModelCall): AsyncGenerator<ModelEvent> {
    const role: GenerateRole = request.answerFormat === undefined ? 'draft' : 'decide';
    const tried = new Set<Endpoint>();
    let endpoint = choose(role, call.affinityKey, tried);
    if (endpoint === undefined) throw nobodyThere(withRole(endpoints, role));
    for (;;) {
      tried.add(endpoint);
      let hasBegun = false;
      try {
        for await (const event of calls.run(endpoint, request, call)) {
          hasBegun = true;
          yield event;
        }
        return;
      } catch (error) {
        const next = hasBegun || !isWorthAnother(error) ? undefined : choose(role, call.affinityKey, tried);
        if (next === undefined || !(error instanceof ModelError)) throw error;
        hooks.onFailover(endpoint.name, next.name, error);
        endpoint = next;
      }
    }
  }

  return {
    endpoints,
    generate,
    running: (endpoint) => calls.at(endpoint),
    turnsAllowed: () =>
      withRole(endpoints, 'draft')
        .filter((endpoint) => !endpoint.isDraining())
        .reduce((sum, { breaker, callsMax }) => sum + breaker.callsAllowed(callsMax * 2), 0),
    servedModels: async (signal) => await listAll(withRole(endpoints, 'draft'), signal),
  };
}

/** Those with the role; where none has it, those that draft: a single server does everything. */
export function withRole(endpoints: readonly Endpoint[], role: GenerateRole): readonly Endpoint[] {
  const named = endpoints.filter(({ roles }) => roles.has(role));
  return named.length > 0 ? named : endpoints.filter(({ roles }) => roles.has('draft'));
}

/** Another server may do what this one could not, unless nobody wants it any more or the prompt is at fault. */
const isWorthAnother = (error: unknown): boolean =>
  error instanceof ModelError && error.kind !== 'cancelled' && error.kind !== 'too-long';

/** No server takes a call now: each is open or draining. */
function nobodyThere(endpoints: readonly Endpoint[]): ModelError {
  const states = endpoints.map(({ name, breaker }) =>
    breaker.state.kind === 'open'
      ? `${name} is asked again by itself; it failed last: ${breaker.state.reason}`
      : `${name} is draining`,
  );
  return new ModelError('busy', `No model server takes calls now, and work waits. ${states.join(' ')}`);
}

/** The models of the first server that tells, since all serve the same. @throws ModelError when none tells */
async function listAll(endpoints: readonly Endpoint[], signal: AbortSignal): Promise<readonly ServedModel[]> {
  let failure: unknown = new ModelError('config', 'No model server is configured. Set LLM_BASE_URL.');
  for (const { model } of endpoints) {
    try {
      return await model.servedModels(signal);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
