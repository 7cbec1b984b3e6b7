import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { KillSwitch, pause, resume } from '../../../src/kill-switch.ts';
import type { Database } from '../../../src/store/database.ts';
import { listPauses } from '../../../src/store/pauses.ts';
import { type DatabaseHarness, openPlace } from './place.ts';

type Instance = { readonly killSwitch: KillSwitch; readonly changes: readonly number[] };

function startInstance(db: Database, path: string, host: string): Instance {
  const changes: number[] = [];
  const onError = (error: unknown): never => {
    throw error;
  };
  const onChange = (standing: readonly unknown[]): void => void changes.push(standing.length);
  return { killSwitch: new KillSwitch({ db, path, host, now: () => 1000, onChange, onError }), changes };
}

export function pauses(harness: DatabaseHarness): void {
  describe('the kill switch', () => {
    test('thrown once reaches every instance with its next look, and so does its end', async () => {
      await using place = await openPlace(harness);
      const one = startInstance(place.db, '/nowhere/pause', 'a');
      const two = startInstance(place.open(), '/nowhere/pause', 'b');
      await pause(place.db, 'wrong prices', 1000);
      await pause(place.db, 'said twice', 2000);
      for (const { killSwitch, changes } of [one, two]) {
        assert.equal(killSwitch.isPaused, false);
        const expected = [{ source: 'operator', reason: 'wrong prices', pausedAt: 1000 }];
        assert.deepEqual(await killSwitch.look(), expected);
        await killSwitch.look();
        assert.deepEqual(changes, [1]);
      }
      await resume(place.db);
      for (const { killSwitch, changes } of [one, two]) {
        assert.deepEqual(await killSwitch.look(), []);
        assert.deepEqual(changes, [1, 0]);
      }
    });

    test('a pause file reaches every instance, and its end takes back this pause alone', async () => {
      await using place = await openPlace(harness);
      const folder = await mkdtemp(join(tmpdir(), 'sidenote-pause-'));
      try {
        const path = join(folder, 'pause');
        const one = startInstance(place.db, path, 'a');
        const two = startInstance(place.open(), '/nowhere/pause', 'b');
        await writeFile(path, '');
        await one.killSwitch.look();
        assert.equal(one.killSwitch.isPaused, true);
        assert.deepEqual(
          (await two.killSwitch.look()).map(({ source }) => source),
          [`the file ${path} on a`],
        );
        await pause(place.db, 'by hand', 2000);
        await rm(path);
        await one.killSwitch.look();
        assert.deepEqual(
          (await two.killSwitch.look()).map(({ source }) => source),
          ['operator'],
        );
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    test('a pause file outlives a resume', async () => {
      await using place = await openPlace(harness);
      const folder = await mkdtemp(join(tmpdir(), 'sidenote-pause-'));
      try {
        const path = join(folder, 'pause');
        await writeFile(path, '');
        const { killSwitch, changes } = startInstance(place.db, path, 'a');
        await killSwitch.look();
        await resume(place.db);
        await killSwitch.look();
        assert.equal((await listPauses(place.db)).length, 1);
        assert.deepEqual(changes, [1]);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
}
