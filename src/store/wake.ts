import pg from 'pg';

/** `work`: a turn waits, now or soon. `superseded`: a turn that somebody may be working on has ended. */
export type WakeReason = 'work' | 'superseded';

/** Tells the other instances on the same database what they would otherwise learn later by themselves. */
export interface WakeLine extends AsyncDisposable {
  /** Call it after the commit, and as often as one likes. */
  send(reason: WakeReason): void;
}

const channel = 'sidenote';
const reconnectMs = 2000;
const connectionTimeoutMs = 5000;

/** One message of a kind for all that happens within this time: NOTIFY takes a lock that all commits share. */
const gatherMs = 20;

/** Sends the first of many at once and the others together, `gatherMs` later. */
class Coalescer {
  readonly #send: (reason: WakeReason) => void;
  readonly #waiting = new Set<WakeReason>();
  readonly #timers = new Map<WakeReason, NodeJS.Timeout>();

  constructor(send: (reason: WakeReason) => void) {
    this.#send = send;
  }

  add(reason: WakeReason): void {
    if (this.#timers.has(reason)) {
      this.#waiting.add(reason);
      return;
    }
    this.#send(reason);
    const timer = setTimeout(() => {
      this.#timers.delete(reason);
      if (this.#waiting.delete(reason)) this.add(reason);
    }, gatherMs);
    this.#timers.set(reason, timer);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }
}

const toReason = (payload: string | undefined): WakeReason => (payload === 'superseded' ? payload : 'work');

/**
 * LISTEN and NOTIFY on a connection of its own, after the commit and never inside it. Only a short cut: without it an
 * instance learns of work by its timer and of superseded turns by its heartbeat, so a lost connection costs seconds, no
 * more. `onWake` hears what other instances send.
 */
export function openWakeLine(url: string, onWake: (reason: WakeReason) => void): WakeLine {
  let client: pg.Client | undefined;
  let ownProcessId: number | undefined;
  let reconnectTimer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const connect = async (): Promise<void> => {
    const fresh = new pg.Client({
      connectionString: url,
      application_name: 'sidenote wake',
      connectionTimeoutMillis: connectionTimeoutMs,
    });
    fresh.on('error', () => undefined); // 'end' follows
    fresh.on('end', () => {
      client = undefined;
      if (isClosed) return;
      reconnectTimer = setTimeout(() => {
        connecting = connect();
      }, reconnectMs);
    });
    fresh.on('notification', ({ processId, payload }) => {
      if (processId !== ownProcessId) onWake(toReason(payload));
    });
    try {
      await fresh.connect();
      const { rows } = await fresh.query<{ id: number }>('select pg_backend_pid() as id');
      ownProcessId = rows[0]?.id;
      await fresh.query(`listen ${channel}`);
      client = fresh;
    } catch {
      await fresh.end().catch(() => undefined);
    }
  };
  let connecting = connect();
  let sending = Promise.resolve(); // one statement after another, as the driver wants it
  const coalescer = new Coalescer((reason) => {
    sending = sending.then(async () => {
      await client?.query(`notify ${channel}, '${reason}'`).catch(() => undefined);
    });
  });

  return {
    send: (reason) => coalescer.add(reason),
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      coalescer.stop();
      clearTimeout(reconnectTimer);
      await connecting; // else it would come to be after the end, and keep the process alive
      await sending;
      await client?.end();
    },
  };
}
