/**
 * Flushes what was written before to the disk, without holding the thread: all who ask while a flush is under way
 * share the next one, so that a slow disk costs each of them at most two flushes and all together hardly more.
 */
export class Flusher {
  readonly #flushFile: () => Promise<void>;
  /** Under way: it may have begun before what is asked for now was written. */
  #current: Promise<void> | undefined;
  /** Not begun yet: it covers everything written until now. */
  #next: Promise<void> | undefined;

  constructor(flushFile: () => Promise<void>) {
    this.#flushFile = flushFile;
  }

  /** Resolves when everything that was written before the call is on the disk. @throws what flushing the file throws */
  async flush(): Promise<void> {
    this.#next ??= this.#flushAfter(this.#current);
    await this.#next;
  }

  async #flushAfter(current: Promise<void> | undefined): Promise<void> {
    await current?.catch(() => undefined); // its own callers hear of it
    this.#next = undefined;
    const mine = this.#flushFile();
    this.#current = mine;
    try {
      await mine;
    } finally {
      if (this.#current === mine) this.#current = undefined;
    }
  }
}
