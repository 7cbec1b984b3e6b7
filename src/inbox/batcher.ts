import type { NotificationId } from '../domain/ids.ts';
import type { Notification } from '../store/notifications.ts';

/** Notifications in one commit at the most; more wait for the next one. */
const batchMax = 64;

type Waiting = {
  readonly notification: Notification;
  readonly resolve: (isNew: boolean) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Commits notifications of different ids and gives those that were new, when they are on the disk. May call `onCommitted`
 * earlier, when the next commit may begin. @throws DatabaseAway
 */
type StoreAll = (
  notifications: readonly Notification[],
  onCommitted: () => void,
) => Promise<ReadonlySet<NotificationId>>;

export type Batcher = {
  /** Resolves after the commit: true when the notification is new, false when it was stored before. @throws DatabaseAway */
  store(notification: Notification): Promise<boolean>;
};

/**
 * Stores notifications so that those which arrive during one commit share the next: a commit costs a
 * flush to the disk, whatever it holds (measured: docs/decisions/0003-sqlite-and-postgresql.md).
 */
export function createBatcher(storeAll: StoreAll): Batcher {
  let waiting: Waiting[] = [];
  let isStoring = false;

  const storeWaiting = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchMax);
      waiting = waiting.slice(batchMax);
      // The next commit is made while this one is flushed.
      await new Promise<void>((resolve) => void storeBatch(storeAll, batch, resolve).then(resolve));
    }
    isStoring = false;
  };

  return {
    store: async (notification) =>
      await new Promise<boolean>((resolve, reject) => {
        waiting.push({ notification, resolve, reject });
        if (isStoring) return;
        isStoring = true;
        // After the requests that are already read: they come into the same commit.
        setImmediate(() => void storeWaiting());
      }),
  };
}

async function storeBatch(storeAll: StoreAll, batch: readonly Waiting[], onCommitted: () => void): Promise<void> {
  // One insert can't name a key twice.
  const byId = new Map(batch.map(({ notification }) => [notification.id, notification]));
  try {
    const unclaimed = new Set(await storeAll([...byId.values()], onCommitted));
    for (const { notification, resolve } of batch) resolve(unclaimed.delete(notification.id));
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}
