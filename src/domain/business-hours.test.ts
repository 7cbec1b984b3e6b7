import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BusinessHours, isOpenAt } from './business-hours.ts';

const nine = { from: 9 * 60, to: 17 * 60 };
const office: BusinessHours = {
  timezone: 'Europe/Berlin',
  week: { monday: [nine], tuesday: [nine], wednesday: [nine], thursday: [nine], friday: [nine] },
  holidays: ['2026-10-02', '12-25'],
};

const cases: readonly (readonly [title: string, hours: BusinessHours, at: string, isOpen: boolean])[] = [
  ['opens with the minute', office, '2026-09-17T07:00:00Z', true],
  ['is closed the second before', office, '2026-09-17T06:59:59Z', false],
  ['is open to the end', office, '2026-09-17T14:59:59Z', true],
  ['is closed at the end', office, '2026-09-17T15:00:00Z', false],
  ['follows the change to winter time', office, '2026-11-05T07:30:00Z', false],
  ['is open an hour later by UTC in winter', office, '2026-11-05T15:30:00Z', true],
  ['is closed on a day without times', office, '2026-09-19T10:00:00Z', false],
  ['is closed on a holiday', office, '2026-10-02T10:00:00Z', false],
  ['is open on that day of another year', office, '2028-10-02T10:00:00Z', true],
  ['is closed on a holiday of every year', office, '2028-12-25T10:00:00Z', false],
];

const nights: BusinessHours = {
  timezone: 'America/New_York',
  week: { friday: [{ from: 22 * 60, to: 6 * 60 }], monday: [{ from: 0, to: 24 * 60 }] },
  holidays: ['2026-09-18'],
};

const nightCases: typeof cases = [
  ['is open late on the evening it begins', nights, '2026-09-26T03:00:00Z', true],
  ['is open the morning after', nights, '2026-09-26T09:59:00Z', true],
  ['is closed when it ends', nights, '2026-09-26T10:00:00Z', false],
  ['is closed the morning after a holiday', nights, '2026-09-19T09:00:00Z', false],
  ['is open for a whole day', nights, '2026-09-22T03:59:00Z', true],
  ['is closed at the next midnight', nights, '2026-09-22T04:00:00Z', false],
];

describe('a team with office hours', () => {
  for (const [title, hours, at, isOpen] of cases) {
    test(title, () => assert.equal(isOpenAt(hours, Date.parse(at)), isOpen));
  }
});

describe('a span over midnight', () => {
  for (const [title, hours, at, isOpen] of nightCases) {
    test(title, () => assert.equal(isOpenAt(hours, Date.parse(at)), isOpen));
  }
});
