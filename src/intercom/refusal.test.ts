import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusal } from './refusal.ts';

const waitOf = (headers: Readonly<Record<string, string | string[]>>): number | undefined =>
  refusal('GET /me', 429, headers, '').retryAfterMs;

const date = 'Sun, 13 Sep 2026 12:26:40 GMT';
const answeredAt = Date.parse(date) / 1000;

describe('a rate limit asks to wait', () => {
  test('from the answer’s own date to the reset, whatever our clock says', () => {
    assert.equal(waitOf({ date, 'x-ratelimit-reset': String(answeredAt + 7) }), 7000);
  });

  test('not at all when the reset has passed', () => {
    assert.equal(waitOf({ date, 'x-ratelimit-reset': String(answeredAt - 3) }), 0);
  });

  test('a minute at most: a longer wait is a clock that is wrong', () => {
    assert.equal(waitOf({ date, 'x-ratelimit-reset': String(answeredAt + 86_400) }), 60_000);
  });

  test('one window of ten seconds where the headers do not tell', () => {
    assert.equal(waitOf({}), 10_000);
    assert.equal(waitOf({ date }), 10_000);
    assert.equal(waitOf({ 'x-ratelimit-reset': String(answeredAt) }), 10_000);
    assert.equal(waitOf({ date, 'x-ratelimit-reset': 'soon' }), 10_000);
    assert.equal(waitOf({ date: 'today', 'x-ratelimit-reset': String(answeredAt) }), 10_000);
  });
});

describe('the error for a status', () => {
  const body = JSON.stringify({ type: 'error.list', errors: [{ code: 'some_code', message: 'Some words' }] });
  const kinds: readonly (readonly [status: number, kind: string])[] = [
    [301, 'away'],
    [400, 'rejected'],
    [401, 'misconfigured'],
    [403, 'misconfigured'],
    [404, 'gone'],
    [410, 'gone'],
    [405, 'rejected'],
    [406, 'rejected'],
    [408, 'away'],
    [409, 'away'],
    [413, 'rejected'],
    [422, 'rejected'],
    [429, 'limited'],
    [500, 'away'],
    [503, 'away'],
    [504, 'away'],
  ];
  for (const [status, kind] of kinds) {
    test(`${status} is ${kind}, and the sentence names the call and the status`, () => {
      const error = refusal('POST /conversations/1/reply', status, {}, body);
      assert.deepEqual([error.kind, error.status], [kind, status]);
      assert.match(error.message, new RegExp(`POST /conversations/1/reply.*${status}`));
      assert.ok(status < 400 || error.message.includes(`${status} some_code)`));
    });
  }

  test('a 404 that is not in Intercom’s words says nothing of what was asked for', () => {
    for (const page of ['<html>Not found</html>', '{"message":"no Route matched"}', '']) {
      const { kind, message } = refusal('GET /conversations/1', 404, {}, page);
      assert.equal(kind, 'away');
      assert.match(message, /GET \/conversations\/1 \(404\).*check INTERCOM_API_URL/);
    }
  });

  test('an unknown teammate is a setting that a person must correct', () => {
    const unknown = JSON.stringify({ errors: [{ code: 'admin_not_found', message: 'Admin not found' }] });
    const { kind, message } = refusal('POST /conversations/1/reply', 404, {}, unknown);
    assert.equal(kind, 'misconfigured');
    assert.match(message, /INTERCOM_ADMIN_ID/);
  });

  test('does not repeat a page that is not Intercom’s', () => {
    assert.equal(refusal('GET /me', 502, {}, '<html>secret</html>').message, 'Intercom failed at GET /me (502).');
  });
});
