import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Availability } from './availability.ts';
import { IntercomError } from './errors.ts';

const { signal } = new AbortController();
const away = (): Promise<never> => Promise.reject(new IntercomError('away', 'Intercom did not answer GET /me.'));
const refused = (kind: IntercomError['kind'], status: number) => async (): Promise<never> =>
  await Promise.reject(new IntercomError(kind, 'Intercom said no.', { status }));

function start(canary: () => Promise<unknown> = away) {
  const states: string[] = [];
  let time = 1_000_000;
  let canaries = 0;
  const availability = new Availability({
    now: () => time,
    random: () => 0,
    turnsMax: () => 16,
    canary: async () => {
      canaries += 1;
      return await canary();
    },
    onChange: ({ kind }) => states.push(kind),
  });
  const fail = async (times: number, call: () => Promise<never> = away): Promise<void> => {
    for (let count = 0; count < times; count += 1) await assert.rejects(availability.run(call, signal));
  };
  return { availability, states, fail, advance: (ms: number) => void (time += ms), canaries: () => canaries };
}

describe('while Intercom is away', () => {
  test('no call is made after five that failed in a row, no turn is begun, and the reason is told', async () => {
    const t = start();
    await t.fail(5);
    let calls = 0;
    const call = async () => void (calls += 1);

    await assert.rejects(
      t.availability.run(call, signal),
      (error) =>
        error instanceof IntercomError &&
        error.kind === 'away' &&
        error.retryAfterMs === 1000 &&
        /held back .* did not answer GET \/me/.test(error.message),
    );

    assert.equal(calls, 0);
    assert.equal(t.availability.turnsAllowed(), 0);
  });

  test('one canary at a time goes out when it is time, however often one looks', async () => {
    const answer = Promise.withResolvers<void>();
    const t = start(async () => await answer.promise);
    await t.fail(5);
    await t.availability.look(signal);
    assert.equal(t.canaries(), 0, 'it is not time yet');
    t.advance(1000);

    const looks = [t.availability.look(signal), t.availability.look(signal), t.availability.look(signal)];
    answer.resolve();
    await Promise.all(looks);

    assert.equal(t.canaries(), 1);
    assert.deepEqual(t.states, ['open', 'recovering']);
    assert.equal(t.availability.turnsAllowed(), 1);
  });

  test('turns come back one, two, four and so on as calls go well', async () => {
    const t = start(async () => undefined);
    await t.fail(5);
    t.advance(1000);
    await t.availability.look(signal);

    const allowed: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      allowed.push(t.availability.turnsAllowed());
      await t.availability.run(async () => undefined, signal);
    }

    assert.deepEqual(allowed, [1, 2, 4, 8, 16]);
    assert.deepEqual(t.states, ['open', 'recovering', 'closed']);
  });
});

describe('Intercom is there', () => {
  for (const [what, call] of [
    ['limits', refused('limited', 429)],
    ['does not know the conversation', refused('gone', 404)],
    ['rejects the request', refused('rejected', 422)],
    ['misses a scope', refused('misconfigured', 403)],
  ] as const) {
    test(`where it ${what}`, async () => {
      const t = start();
      await t.fail(10, call);
      assert.deepEqual(t.states, []);
    });
  }

  test('where calls were given up by us, or never left', async () => {
    const t = start();
    await t.fail(10, async () => await Promise.reject(new IntercomError('limited', 'Other calls wait already.')));
    for (let count = 0; count < 10; count += 1) {
      await assert.rejects(t.availability.run(away, AbortSignal.abort()));
    }
    assert.deepEqual(t.states, []);
  });

  test('and yet of no use where it refuses the token', async () => {
    const t = start();
    await t.fail(5, refused('misconfigured', 401));
    assert.deepEqual(t.states, ['open']);
  });
});
