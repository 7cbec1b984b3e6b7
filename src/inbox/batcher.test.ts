import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NotificationId } from '../domain/ids.ts';
import type { Notification } from '../store/notifications.ts';
import { notification } from '../../test/contract/database/rows.ts';
import { createBatcher } from './batcher.ts';

/** A commit that the test ends: visible, then on the disk. */
type Commit = {
  readonly ids: readonly NotificationId[];
  readonly becomeVisible: () => void;
  readonly end: PromiseWithResolvers<ReadonlySet<NotificationId>>;
};

function createStore() {
  const commits: Commit[] = [];
  const storeAll = async (
    notifications: readonly Notification[],
    onCommitted: () => void,
  ): Promise<ReadonlySet<NotificationId>> => {
    const end = Promise.withResolvers<ReadonlySet<NotificationId>>();
    commits.push({ ids: notifications.map(({ id }) => id), becomeVisible: onCommitted, end });
    return await end.promise;
  };
  return { commits, batcher: createBatcher(storeAll) };
}

const nextTurnOfTheLoop = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));
const [one, two, three] = [notification('n1'), notification('n2'), notification('n3')];

describe('notifications that come together', () => {
  test('share a commit, and each hears whether it was new', async () => {
    const { commits, batcher } = createStore();
    const answers = [batcher.store(one), batcher.store(two), batcher.store(one)];
    await nextTurnOfTheLoop();
    assert.deepEqual(
      commits.map(({ ids }) => ids),
      [[one.id, two.id]],
    );
    commits[0]?.end.resolve(new Set([one.id]));
    assert.deepEqual(await Promise.all(answers), [true, false, false]);
  });

  test('are committed while the commit before is being flushed, and none is answered before its own flush', async () => {
    const { commits, batcher } = createStore();
    const answered: string[] = [];
    const first = batcher.store(one).then(() => answered.push('first'));
    await nextTurnOfTheLoop();
    const second = batcher.store(two).then(() => answered.push('second'));
    await nextTurnOfTheLoop();
    assert.equal(commits.length, 1);
    commits[0]?.becomeVisible();
    await nextTurnOfTheLoop();
    assert.deepEqual(commits[1]?.ids, [two.id]);
    assert.deepEqual(answered, []);
    commits[1].end.resolve(new Set([two.id]));
    await second;
    assert.deepEqual(answered, ['second']);
    commits[0]?.end.resolve(new Set([one.id]));
    await first;
  });

  test('fail together, and alone', async () => {
    const { commits, batcher } = createStore();
    const failing = [batcher.store(one), batcher.store(two)];
    await nextTurnOfTheLoop();
    const later = batcher.store(three);
    commits[0]?.end.reject(new Error('the disk is full'));
    for (const { status } of await Promise.allSettled(failing)) assert.equal(status, 'rejected');
    commits[1]?.end.resolve(new Set([three.id]));
    assert.equal(await later, true);
  });
});
