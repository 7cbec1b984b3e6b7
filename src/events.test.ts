import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createEvents } from './events.ts';
import { DatabaseAway } from './store/database.ts';

test('a database that is away is one line in ten seconds, also after the clock was set back', () => {
  const lines: string[] = [];
  const clock = { ms: 1_789_630_000_000 };
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const events = createEvents(log, new Registry(), () => clock.ms);
  const linesOf = (changeMs: number): number => {
    clock.ms += changeMs;
    lines.length = 0;
    for (let asked = 0; asked < 3; asked += 1) events.databaseAway(new DatabaseAway('It is away.'));
    return lines.length;
  };
  assert.deepEqual([0, 9_999, 1, -3_600_000, 5_000].map(linesOf), [1, 0, 1, 1, 0]);
});
