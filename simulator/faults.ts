/**
 * Trouble on demand: rules that strike chosen API calls, and hooks that let a test act at an exact
 * moment of a call.
 */

/** Which calls are meant. Calls that match are counted from 1, from when the rule was added. */
export type CallMatch = {
  readonly method?: string | undefined;
  /** Held against the path, without the query; a string is a regular expression's source. */
  readonly path: RegExp | string;
  /** The first matching call that is struck; default 1. */
  readonly nth?: number | undefined;
  /** How many calls in a row are struck; default 1; `Infinity` until the rule is removed. */
  readonly times?: number | undefined;
};

/** `before`: the call changes nothing. `after`: it takes effect, and only the answer is struck. Default `before`. */
type When = { readonly when?: 'before' | 'after' | undefined };

export type FaultEffect =
  | ({
      readonly kind: 'status';
      readonly status: number;
      /** Of the `error.list`; default `server_error`. */
      readonly code?: string | undefined;
      /** `html`: a gateway's error page; default `error-list`. */
      readonly body?: 'error-list' | 'html' | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
    } & When)
  /** The call waits until {@link Fault.release}. */
  | ({ readonly kind: 'delay' } & When)
  /** The connection stays open and nothing ever comes. */
  | ({ readonly kind: 'hang' } & When)
  /** The connection is reset (RST). */
  | ({ readonly kind: 'reset' } & When)
  /** 200 with a body that is not JSON. */
  | ({ readonly kind: 'nonsense' } & When)
  /** 429; the reset header says so many seconds from now, default 10. */
  | { readonly kind: 'rate-limited'; readonly resetInSeconds?: number | undefined; readonly when?: undefined }
  | { readonly kind: 'token-revoked'; readonly when?: undefined }
  | { readonly kind: 'scope-missing'; readonly when?: undefined };

export type FaultRule = CallMatch & { readonly effect: FaultEffect };

/** A rule at work. */
type Fault = {
  readonly id: string;
  /** How many calls it has struck. */
  readonly hits: number;
  /** Resolves when it strikes for the first time. */
  readonly reached: Promise<void>;
  /** Lets delayed calls go on, those that wait and those to come. */
  release(): void;
  remove(): void;
};

type Call = { readonly method: string; readonly path: string };
type Hook = (call: Call) => unknown;

/** What strikes one call, in the order in which the rules were added. */
export type Strike = {
  readonly effects: readonly { readonly effect: FaultEffect; readonly released: Promise<void> }[];
  readonly beforeEffect: readonly Hook[];
  readonly beforeAnswer: readonly Hook[];
};

export type Faults = {
  add(rule: FaultRule): Fault;
  /** Runs `hook` after the call was taken and before it takes effect; the call waits for it. Once, unless `times` says otherwise. */
  beforeEffect(match: CallMatch, hook: Hook): Fault;
  /** Runs `hook` when the answer is made and not yet sent, so that it is already out of date for what the hook does. */
  beforeAnswer(match: CallMatch, hook: Hook): Fault;
  find(id: string): Fault | undefined;
  /** Removes every rule and lets waiting calls go on. */
  clear(): void;
  /** For the REST layer: what strikes this call. Undefined, cheaply, when nothing does. */
  strike(call: Call): Strike | undefined;
};

type Action = { readonly effect: FaultEffect } | { readonly beforeEffect: Hook } | { readonly beforeAnswer: Hook };

class Rule implements Fault {
  readonly id: string;
  readonly action: Action;
  readonly reached: Promise<void>;
  readonly released: Promise<void>;
  readonly release: () => void;
  readonly remove: () => void;
  readonly #match: CallMatch;
  readonly #pattern: RegExp;
  readonly #markReached: () => void;
  #matches = 0;
  hits = 0;

  constructor(id: string, match: CallMatch, action: Action, remove: () => void) {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    this.id = id;
    this.action = action;
    this.reached = reached.promise;
    this.released = released.promise;
    this.release = released.resolve;
    this.remove = remove;
    this.#match = match;
    this.#pattern = typeof match.path === 'string' ? new RegExp(match.path) : match.path;
    this.#markReached = reached.resolve;
  }

  /** Counts the call; true when the rule strikes it. */
  takes(call: Call): boolean {
    const { method, nth = 1, times = 1 } = this.#match;
    if (method !== undefined && method.toUpperCase() !== call.method) return false;
    if (call.path.search(this.#pattern) === -1) return false;
    this.#matches += 1;
    if (this.#matches < nth || this.#matches >= nth + times) return false;
    this.hits += 1;
    this.#markReached();
    return true;
  }
}

/** No rule at first. */
export function createFaults(): Faults {
  const rules = new Map<string, Rule>();
  let lastId = 0;

  const add = (match: CallMatch, action: Action): Fault => {
    const id = `fault-${++lastId}`;
    const rule = new Rule(id, match, action, () => {
      rules.delete(id);
      rule.release();
    });
    rules.set(id, rule);
    return rule;
  };

  return {
    add: ({ effect, ...match }) => add(match, { effect }),
    beforeEffect: (match, hook) => add(match, { beforeEffect: hook }),
    beforeAnswer: (match, hook) => add(match, { beforeAnswer: hook }),
    find: (id) => rules.get(id),
    clear() {
      for (const rule of rules.values()) rule.remove();
    },
    strike(call) {
      if (rules.size === 0) return undefined;
      const struck = [...rules.values()].filter((rule) => rule.takes(call));
      if (struck.length === 0) return undefined;
      return {
        effects: struck.flatMap(({ action, released }) =>
          'effect' in action ? [{ effect: action.effect, released }] : [],
        ),
        beforeEffect: struck.flatMap(({ action }) => ('beforeEffect' in action ? [action.beforeEffect] : [])),
        beforeAnswer: struck.flatMap(({ action }) => ('beforeAnswer' in action ? [action.beforeAnswer] : [])),
      };
    },
  };
}
