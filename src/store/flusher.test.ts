import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Flusher } from './flusher.ts';

/** A disk whose flushes end when the test says so. */
function slowDisk(): { readonly flushes: PromiseWithResolvers<void>[]; readonly flusher: Flusher } {
  const flushes: PromiseWithResolvers<void>[] = [];
  const flusher = new Flusher(async () => {
    const flush = Promise.withResolvers<void>();
    flushes.push(flush);
    await flush.promise;
  });
  return { flushes, flusher };
}

describe('flushing a file to the disk', () => {
  test('who asks while a flush is under way waits for the next one, and shares it', async () => {
    const { flushes, flusher } = slowDisk();
    const settled: string[] = [];
    const ask = async (name: string): Promise<void> => {
      await flusher.flush();
      settled.push(name);
    };
    const all = [ask('first')];
    await setImmediate();
    all.push(ask('second'), ask('third'));
    await setImmediate();
    assert.equal(flushes.length, 1);
    flushes[0]?.resolve();
    await setImmediate();
    assert.deepEqual(settled, ['first']);
    assert.equal(flushes.length, 2);
    flushes[1]?.resolve();
    await Promise.all(all);
    assert.deepEqual(settled, ['first', 'second', 'third']);
    assert.equal(flushes.length, 2);
  });

  test('a flush that fails is heard of by those who waited for it, and by nobody else', async () => {
    const { flushes, flusher } = slowDisk();
    const first = assert.rejects(flusher.flush(), /no space/);
    await setImmediate();
    const second = flusher.flush();
    flushes[0]?.reject(new Error('no space'));
    await first;
    await setImmediate();
    flushes[1]?.resolve();
    await second;
  });
});
