import { readFile } from 'node:fs/promises';
import { parsePolicyFile, type PolicyFile } from './policy-file.ts';

export type PolicyHooks = {
  /** Adds to each reading what the file leaves out; `first` has it already. */
  readonly complete?: ((file: PolicyFile) => PolicyFile) | undefined;
  /** Takes up what is not read anew for each turn. Its problems, a sentence each, refuse the file. */
  readonly adopt?: (file: PolicyFile) => readonly string[];
  /** What the file says has changed, and holds from now on. */
  readonly onReloaded: (file: PolicyFile) => void;
  /** The file can't be used; what was read before stays in force. */
  readonly onRefused: (problems: readonly string[]) => void;
};

/** A change is taken up when two looks have seen the same text: within a second, and never half written. */
const lookEveryMs = 400;

/** What a look can find when it finds no text. */
const missing = Symbol('missing');
const unreadable = Symbol('unreadable');
type Seen = string | typeof missing | typeof unreadable;

async function readSeen(path: string): Promise<Seen> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? missing : unreadable;
  }
}

/**
 * Keeps a policy in step with its file. It reads the text now and then instead of listening for events, which
 * editors that rename and mounts that swap a symbolic link get around.
 */
export class PolicyWatch {
  readonly #path: string;
  readonly #hooks: PolicyHooks;
  #current: PolicyFile;
  #problems: readonly string[] = [];
  #seen: Seen | undefined;
  #taken: Seen | undefined;

  /** `first` is what was read of the file at the start. */
  constructor(path: string, first: PolicyFile, hooks: PolicyHooks) {
    this.#path = path;
    this.#current = first;
    this.#hooks = hooks;
  }

  get current(): PolicyFile {
    return this.#current;
  }

  /** What is wrong with the file as it is now, a sentence each; empty while it is in force. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** One look. A change takes effect with the second look that sees it. */
  async look(): Promise<void> {
    const seen = await readSeen(this.#path);
    const isStable = seen === this.#seen;
    this.#seen = seen;
    if (!isStable || seen === this.#taken) return;
    const isFirst = this.#taken === undefined;
    this.#taken = seen;
    if (typeof seen === 'string') return this.#take(seen);
    if (isFirst && seen === missing) return; // there never was one: the defaults hold
    const what = seen === missing ? 'is gone' : 'can’t be read';
    this.#refuse([`${this.#path} ${what}: put it back, or start Sidenote anew to go on without it.`]);
  }

  #take(text: string): void {
    const parsed = parsePolicyFile(text, this.#path);
    if (!parsed.ok) return this.#refuse(parsed.reason);
    const file = this.#hooks.complete?.(parsed.value) ?? parsed.value;
    const wasRefused = this.#problems.length > 0;
    if (JSON.stringify(file) === JSON.stringify(this.#current) && !wasRefused) return;
    const problems = this.#hooks.adopt?.(file) ?? [];
    if (problems.length > 0) return this.#refuse(problems);
    this.#problems = [];
    this.#current = file;
    this.#hooks.onReloaded(file);
  }

  #refuse(problems: readonly string[]): void {
    this.#problems = problems;
    this.#hooks.onRefused(problems);
  }

  /** Looks now and then, until disposed. */
  start(): Disposable {
    let isLooking = false;
    const look = (): void => {
      if (isLooking) return;
      isLooking = true;
      void this.look().finally(() => (isLooking = false));
    };
    const timer = setInterval(look, lookEveryMs);
    look();
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }
}
