import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseTurnId, parseWorkspaceId } from '../../../src/domain/ids.ts';
import type { Database } from '../../../src/store/database.ts';
import { type Reservation, reserveReply } from '../../../src/store/replies.ts';
import { workspaceId } from '../../support/turns.ts';
import { type DatabaseHarness, openPlace, startsAt } from './place.ts';

const pace = { hourlyMax: 3, spacingMs: 2000, waitMaxMs: 30_000 };

const reserve = async (
  db: Database,
  id: string,
  now: number,
  changes: Partial<typeof pace> = {},
): Promise<Reservation> => await reserveReply(db, { id: parseTurnId(id), workspaceId }, { ...pace, ...changes }, now);

export function replies(harness: DatabaseHarness): void {
  describe('the pace of replies', () => {
    test('spaces them, whoever asks, and caps those of an hour', async () => {
      await using place = await openPlace(harness);
      const other = place.open();
      assert.equal(await reserve(place.db, 'a', startsAt), startsAt);
      assert.equal(await reserve(other, 'b', startsAt + 500), startsAt + 2000);
      assert.equal(await reserve(place.db, 'c', startsAt + 600), startsAt + 4000);
      assert.equal(await reserve(other, 'd', startsAt + 3_599_000), 'hour-is-full');
      assert.equal(await reserve(other, 'd', startsAt + 3_600_000), startsAt + 3_600_000);
    });

    test('gives the same turn its time again, as after the death of its worker', async () => {
      await using place = await openPlace(harness);
      assert.equal(await reserve(place.db, 'a', startsAt), startsAt);
      assert.equal(await reserve(place.db, 'a', startsAt + 60_000), startsAt);
      assert.equal(await reserve(place.db, 'b', startsAt + 60_000, { hourlyMax: 2 }), startsAt + 60_000);
    });

    test('refuses what would have to wait too long, and reserves nothing for it', async () => {
      await using place = await openPlace(harness);
      await reserve(place.db, 'a', startsAt);
      assert.equal(await reserve(place.db, 'b', startsAt, { spacingMs: 40_000 }), 'queue-is-long');
      assert.equal(await reserve(place.db, 'b', startsAt), startsAt + 2000);
    });

    test('keeps no turn waiting for a time that an instance with a clock far ahead gave it', async () => {
      await using place = await openPlace(harness);
      const other = place.open();
      await reserve(other, 'a', startsAt + 420_000);
      assert.equal(await reserve(place.db, 'a', startsAt), 'queue-is-long');
      assert.equal(await reserve(place.db, 'a', startsAt + 390_000), startsAt + 420_000);
    });

    test('is each workspace’s own', async () => {
      await using place = await openPlace(harness);
      const elsewhere = { id: parseTurnId('b'), workspaceId: parseWorkspaceId('elsewhere') };
      await reserve(place.db, 'a', startsAt);
      assert.equal(await reserveReply(place.db, elsewhere, pace, startsAt), startsAt);
    });

    test('never lets one too many through, however many ask at once', async () => {
      await using place = await openPlace(harness);
      const asked = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => await reserve(place.db, `turn-${index}`, startsAt)),
      );
      const granted = asked.filter((one) => typeof one === 'number').toSorted((one, other) => one - other);
      assert.deepEqual(granted, [startsAt, startsAt + 2000, startsAt + 4000]);
    });
  });
}
