import pg from 'pg';

/** Tells other instances on the same database that a turn they may be working on was superseded. */
export interface WakeLine extends AsyncDisposable {
  send(): void;
}

const channel = 'sidenote_superseded';
const reconnectMs = 2000;
const connectionTimeoutMs = 5000;

/** One message for all that happens within this time: NOTIFY takes a lock that all commits share. */
const gatherMs = 20;

/**
 * LISTEN and NOTIFY on a connection of its own, after the commit and never inside it. Only a short cut:
 * without it an instance learns the same from its next heartbeat, so a lost connection costs seconds, no more.
 */
export function openWakeLine(url: string, onWake: () => void): WakeLine {
  let client: pg.Client | undefined;
  let sendTimer: NodeJS.Timeout | undefined;
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
    fresh.on('notification', onWake);
    try {
      await fresh.connect();
      await fresh.query(`listen ${channel}`);
      client = fresh;
    } catch {
      await fresh.end().catch(() => undefined);
    }
  };
  let connecting = connect();

  return {
    send: () => {
      sendTimer ??= setTimeout(() => {
        sendTimer = undefined;
        client?.query(`notify ${channel}`).catch(() => undefined);
      }, gatherMs);
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      clearTimeout(sendTimer);
      clearTimeout(reconnectTimer);
      await connecting; // else it would come to be after the end, and keep the process alive
      await client?.end();
    },
  };
}
