/** How a neighbour of ours does, by the last call to it. */
export type Health =
  | { readonly state: 'unknown' }
  | { readonly state: 'ok'; readonly at: number }
  | { readonly state: 'failing'; readonly at: number; readonly since: number; readonly reason: string };

/** Remembers how the last call went; `report` takes the error, or nothing when it went well. */
export class HealthRecord {
  #health: Health = { state: 'unknown' };
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get health(): Health {
    return this.#health;
  }

  /** Runs a call and remembers how it ended; `counts` says whether an error speaks against the neighbour. */
  async watch<Value>(call: () => Promise<Value>, counts: (error: unknown) => boolean): Promise<Value> {
    try {
      const value = await call();
      this.succeeded();
      return value;
    } catch (error) {
      if (counts(error)) this.failed(error);
      throw error;
    }
  }

  succeeded(): void {
    this.#health = { state: 'ok', at: this.#now() };
  }

  failed(error: unknown): void {
    const at = this.#now();
    const since = this.#health.state === 'failing' ? this.#health.since : at;
    this.#health = { state: 'failing', at, since, reason: error instanceof Error ? error.message : String(error) };
  }
}
