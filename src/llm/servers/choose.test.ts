import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../../test/support/fast-check.ts';
import { chooseServer } from './choose.ts';

const server = (name: string, running = 0, callsMax = 8) => ({ name, running, callsMax });
const keys = Array.from({ length: 300 }, (_, index) => `conversation-${index}`);

describe('the choice of a server', () => {
  test('is the one with the least work for its size when there is no key', () => {
    const chosen = chooseServer([server('a', 3), server('b', 4, 16), server('c', 3)], undefined);
    assert.equal(chosen?.name, 'b');
  });

  test('is the same for a key however the servers are listed and whatever else they do', () => {
    const load = fc.integer({ min: 0, max: 7 });
    fc.assert(
      fc.property(fc.string(), load, load, load, (key, a, b, c) => {
        const idle = chooseServer([server('a'), server('b'), server('c')], key);
        const busy = chooseServer([server('c', c), server('a', a), server('b', b)], key);
        assert.equal(busy?.name, idle?.name);
      }),
    );
  });

  test('leaves a home that is full for one that has room, and stays when all are full', () => {
    const home = chooseServer([server('a'), server('b')], 'some key')?.name ?? '';
    const other = home === 'a' ? 'b' : 'a';
    assert.equal(chooseServer([server(home, 8), server(other, 7)], 'some key')?.name, other);
    assert.equal(chooseServer([server(home, 9), server(other, 8)], 'some key')?.name, home);
  });

  test('moves only the keys of a server that goes away', () => {
    const all = [server('a'), server('b'), server('c')];
    const homes = new Map(keys.map((key) => [key, chooseServer(all, key)?.name]));
    for (const key of keys) {
      const now = chooseServer(all.slice(0, 2), key)?.name;
      if (homes.get(key) !== 'c') assert.equal(now, homes.get(key));
    }
    const shares = ['a', 'b', 'c'].map((name) => [...homes.values()].filter((home) => home === name).length);
    assert.ok(
      shares.every((share) => share > 60),
      `uneven: ${shares.join(', ')}`,
    );
  });

  test('is none where there is none', () => {
    assert.equal(chooseServer([], 'key'), undefined);
  });
});
