import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { parsePartId, sourcePartId } from './ids.ts';
import { isLater, type Position } from './position.ts';

const at = (seconds: number, part?: string): Position => ({
  partId: part === undefined ? undefined : parsePartId(part),
  at: seconds,
});

const cases: readonly (readonly [title: string, position: Position, than: Position, isExpected: boolean])[] = [
  ['a later second', at(11, '5'), at(10, '9'), true],
  ['an earlier second', at(10, '9'), at(11, '5'), false],
  ['a later second, parts not named', at(11), at(10), true],
  ['the same second, a greater id', at(10, '10'), at(10, '9'), true],
  ['the same second, a smaller id', at(10, '9'), at(10, '10'), false],
  ['the same second, ids longer than a number holds', at(10, '9007199254740993'), at(10, '9007199254740992'), true],
  ['the same second, after the first message', at(10, '1'), at(10, 'source:99'), true],
  ['the same second, the first message after a part', at(10, 'source:99'), at(10, '1'), false],
  ['the same second, one part not named', at(10), at(10, '1'), false],
  ['the same second, the other part not named', at(10, '1'), at(10), false],
  ['the same second, an id that is no number', at(10, 'abc'), at(10, '1'), false],
  ['the same second, than an id that is no number', at(10, '1'), at(10, 'abc'), false],
  ['the same part', at(10, '9'), at(10, '9'), false],
  ['the same part, told with a later time', at(11, '9'), at(10, '9'), false],
];

/** A part has one time, so times hang on the parts: the second is the part's number, in tens. */
const position: fc.Arbitrary<Position> = fc.oneof(
  fc.integer({ min: 0, max: 60 }).map((id) => at(Math.floor(id / 10), String(id))),
  fc.integer({ min: 0, max: 6 }).map((seconds) => at(seconds)),
  fc.integer({ min: 0, max: 6 }).map((seconds) => ({ partId: sourcePartId(String(seconds)), at: seconds })),
  fc.integer({ min: 0, max: 6 }).map((seconds) => at(seconds, `odd-${seconds}`)),
);

describe('isLater', () => {
  for (const [title, one, than, isExpected] of cases) {
    test(`${title}: ${isExpected ? 'later' : 'not surely later'}`, () => {
      assert.equal(isLater(one, than), isExpected);
    });
  }

  test('is a strict partial order: nothing is later than itself, no two than each other, and it is transitive', () => {
    fc.assert(
      fc.property(position, position, position, (a, b, c) => {
        assert.equal(isLater(a, a), false);
        assert.equal(isLater(a, b) && isLater(b, a), false);
        if (isLater(a, b) && isLater(b, c)) assert.equal(isLater(a, c), true);
      }),
      { numRuns: 5000 },
    );
  });

  test('orders any two numbered parts of one second by their numbers', () => {
    const id = fc.bigInt({ min: 0n, max: 10n ** 30n });
    fc.assert(
      fc.property(id, id, (a, b) => {
        assert.equal(isLater(at(10, String(a)), at(10, String(b))), a > b);
      }),
    );
  });
});
