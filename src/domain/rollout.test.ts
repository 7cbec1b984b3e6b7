import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { isInRollout } from './rollout.ts';

const ids = Array.from({ length: 10_000 }, (_, index) => String(215_470_000_000_000 + index));
const shareIn = (name: string, percent: number, among = ids): number =>
  among.filter((id) => isInRollout(id, name, percent)).length / among.length;

describe('a roll-out', () => {
  test('reaches the share it names, within two per cent of consecutive ids', () => {
    for (const percent of [1, 10, 25, 50, 90]) {
      assert.ok(Math.abs(shareIn('refunds', percent) - percent / 100) < 0.02, `${percent} %`);
    }
  });

  test('of 0 reaches nobody, of 100 everybody', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (id, name) => {
        assert.equal(isInRollout(id, name, 0), false);
        assert.equal(isInRollout(id, name, 100), true);
      }),
    );
  });

  test('that grows keeps whom it had', () => {
    const percent = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(fc.string(), fc.string(), percent, percent, (id, name, a, b) => {
        if (isInRollout(id, name, Math.min(a, b))) assert.ok(isInRollout(id, name, Math.max(a, b)));
      }),
    );
  });

  test('draws the lot for each rule anew', () => {
    const inFirst = ids.filter((id) => isInRollout(id, 'refunds', 50));
    assert.ok(Math.abs(shareIn('returns', 50, inFirst) - 0.5) < 0.03);
  });
});
