import { existsSync } from 'node:fs';
import { type Database, DatabaseAway } from './store/database.ts';
import { deletePause, deletePauses, insertPause, listPauses, type Pause } from './store/pauses.ts';

export type KillSwitchDeps = {
  readonly db: Database;
  /** While this file exists, Sidenote is paused. */
  readonly path: string;
  /** The host, so that instances with the same path on different machines take back only their own. */
  readonly host: string;
  readonly now: () => number;
  /** Hears of each change from running to paused and back. */
  readonly onChange: (pauses: readonly Pause[]) => void;
  readonly onError: (error: unknown) => void;
};

/** Two looks fit into the second that a pause may take to reach every instance. */
const lookEveryMs = 400;

const operator = 'operator';

/** Sets a pause for every instance on the same database. @throws DatabaseAway */
export async function pause(db: Database, reason: string, now: number): Promise<void> {
  await insertPause(db, { source: operator, reason, pausedAt: now });
}

/** Takes back every pause; an instance whose pause file still exists sets its own again. @throws DatabaseAway */
export async function resume(db: Database): Promise<void> {
  await deletePauses(db);
}

/**
 * Whether Sidenote may draft and post. Pauses stand in the database, so that one reaches every instance: set by
 * a command or a call, or by an instance that finds its pause file.
 */
export class KillSwitch {
  readonly #deps: KillSwitchDeps;
  readonly #source: string;
  #pauses: readonly Pause[] = [];

  constructor(deps: KillSwitchDeps) {
    this.#deps = deps;
    this.#source = `the file ${deps.path} on ${deps.host}`;
  }

  /** As of the last look; empty while Sidenote works. */
  get pauses(): readonly Pause[] {
    return this.#pauses;
  }

  get isPaused(): boolean {
    return this.#pauses.length > 0;
  }

  /** Looks at the file and at the database. @throws DatabaseAway; the file counts all the same */
  async look(): Promise<readonly Pause[]> {
    const { db, path, now } = this.#deps;
    const ours: Pause = { source: this.#source, reason: `the file ${path} exists`, pausedAt: now() };
    const isFileThere = existsSync(path);
    if (isFileThere && !this.isPaused) this.#set([ours]);
    const known = await listPauses(db);
    const isKnown = known.some(({ source }) => source === this.#source);
    if (isFileThere && !isKnown) await insertPause(db, ours);
    if (!isFileThere && isKnown) await deletePause(db, this.#source);
    const others = known.filter(({ source }) => source !== this.#source);
    this.#set(isFileThere ? [...others, ours] : others);
    return this.#pauses;
  }

  #set(pauses: readonly Pause[]): void {
    const isChange = pauses.length > 0 !== this.isPaused;
    this.#pauses = pauses;
    if (isChange) this.#deps.onChange(pauses);
  }

  /** Looks now and then, until disposed. */
  start(): Disposable {
    let isLooking = false;
    const look = (): void => {
      if (isLooking) return;
      isLooking = true;
      this.look()
        .catch((error: unknown) => {
          if (!(error instanceof DatabaseAway)) this.#deps.onError(error); // away: whoever works with it says so
        })
        .finally(() => (isLooking = false));
    };
    const timer = setInterval(look, lookEveryMs);
    look();
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }
}
