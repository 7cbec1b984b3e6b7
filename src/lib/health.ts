/** How a neighbour of ours does, by the last call to it. */
export type Health =
  | { readonly state: 'unknown' }
  | { readonly state: 'ok'; readonly at: number }
  | { readonly state: 'failing'; readonly at: number; readonly since: number; readonly reason: string };

/** Remembers how the last call to a neighbour went, and tells when that changes. */
export class HealthRecord {
  #health: Health = { state: 'unknown' };
  readonly #now: () => number;
  readonly #onChange: (health: Health) => void;

  /** `onChange` hears of the first failure and of the first success after it, not of each call. */
  constructor(now: () => number, onChange: (health: Health) => void) {
    this.#now = now;
    this.#onChange = onChange;
  }

  get health(): Health {
    return this.#health;
  }

  succeeded(): void {
    this.#set({ state: 'ok', at: this.#now() });
  }

  failed(error: unknown): void {
    const at = this.#now();
    const since = this.#health.state === 'failing' ? this.#health.since : at;
    this.#set({ state: 'failing', at, since, reason: error instanceof Error ? error.message : String(error) });
  }

  #set(health: Health): void {
    const isChange = health.state !== this.#health.state;
    this.#health = health;
    if (isChange) this.#onChange(health);
  }
}
