import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { CallMatch } from '../../simulator/faults.ts';
import { sql } from '../../src/store/sql.ts';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.ts';
import { temporaryFolder } from '../support/folder.ts';
import { lastMessageOf } from '../support/prompt.ts';
import { startPostgres } from '../support/postgres.ts';

const server = await startPostgres();
after(async () => 'url' in server && (await server[Symbol.asyncDispose]()));

const secret = 'xylophone';
const options: TestAppOptions = { modelServer: { reply: (body) => `You wrote: ${lastMessageOf(body)}` } };

/** How often the contact's word stands in the database. */
async function wordsKept({ app }: TestApp): Promise<number> {
  const rows = [
    ...(await app.db.query(sql`select trace as text from traces`)),
    ...(await app.db.query(sql`select body as text from posts`)),
    ...(await app.db.query(sql`select reason as text from turns`)),
    ...(await app.db.query(sql`select topic as text from notifications`)),
  ];
  return rows.filter(({ text }) => String(text).includes(secret)).length;
}

/** A conversation with one note, about which more is asked. */
async function startAnswered(more: TestAppOptions = {}): Promise<{ t: TestApp; conversationId: string }> {
  const t = await startTestApp({ ...options, ...more });
  const { conversationId } = t.simulator.contactWrites({ html: `<p>Where is my ${secret}?</p>` });
  await t.finish();
  assert.ok((await wordsKept(t)) >= 2, 'a trace and a post hold the word');
  t.advance(60_000);
  t.simulator.contactWrites({ conversationId, html: `<p>Where is my ${secret} now?</p>` });
  await t.hear();
  return { t, conversationId };
}

const moments: Readonly<Record<string, CallMatch>> = {
  'before it is read': { method: 'GET', path: '^/conversations/\\d' },
  'before the last look': { method: 'GET', path: '^/conversations/\\d', nth: 2 },
  'before the note is posted': { method: 'POST', path: '/reply$' },
};

const engines = [
  { engine: 'SQLite', skip: false, database: async () => await Promise.resolve({}) },
  {
    engine: 'PostgreSQL',
    skip: 'unavailable' in server ? server.unavailable : false,
    database: async () => ('url' in server ? { database: await server.freshSchema() } : {}),
  },
];

for (const { engine, skip, database } of engines) {
  describe(`on ${engine}, a conversation that is deleted while no webhook comes`, { skip }, () => {
    for (const [when, call] of Object.entries(moments)) {
      test(`${when}: the turn ends, and what was kept of its words is erased with it`, async () => {
        const { t, conversationId } = await startAnswered(await database());
        await using _ = t;
        t.simulator.setWebhookUrl(undefined);
        t.simulator.faults.beforeEffect(call, () => t.simulator.remove(conversationId));

        await t.finish();

        assert.equal(await t.outcome(conversationId), 'superseded: the conversation was deleted');
        assert.equal(await wordsKept(t), 0);
      });
    }

    test('costs no other conversation its words', async () => {
      const { t, conversationId } = await startAnswered(await database());
      await using _ = t;
      const other = t.simulator.contactWrites({ contactName: 'Eve', html: `<p>And my ${secret}?</p>` });
      t.simulator.setWebhookUrl(undefined);
      t.simulator.remove(conversationId);

      await t.finish();

      assert.equal(await t.outcome(other.conversationId), 'delivered');
      assert.ok((await wordsKept(t)) >= 2);
    });
  });
}

describe('nothing is erased', () => {
  const answers: readonly (readonly [string, Parameters<TestApp['simulator']['faults']['add']>[0]['effect']])[] = [
    ['a gateway’s page says 404', { kind: 'status', status: 404, body: 'html' }],
    [
      'Intercom says 410, its word for a contact that was merged',
      { kind: 'status', status: 410, code: 'contact_merged' },
    ],
    ['Intercom refuses the token', { kind: 'token-revoked' }],
    ['a scope is missing', { kind: 'scope-missing' }],
    ['Intercom knows no such teammate', { kind: 'status', status: 404, code: 'admin_not_found' }],
  ];
  for (const [when, effect] of answers) {
    test(`when ${when}, and the turn gets its note afterwards`, async () => {
      const { t, conversationId } = await startAnswered();
      await using _ = t;
      const kept = await wordsKept(t);
      const trouble = t.simulator.faults.add({ path: '^/conversations/\\d', times: Infinity, effect });
      await t.attempt();
      const keptThen = await wordsKept(t);
      trouble.remove();

      await t.finish();

      assert.ok(keptThen >= kept);
      assert.equal(await t.outcome(conversationId), 'delivered');
    });
  }

  const calls: readonly (readonly [string, CallMatch])[] = [
    ['a look', { method: 'GET', path: '^/conversations/\\d' }],
    ['the last look', { method: 'GET', path: '^/conversations/\\d', nth: 2 }],
    ['the post', { method: 'POST', path: '/reply$' }],
  ];
  for (const [what, call] of calls) {
    test(`when Intercom answers ${what} with 404, and yet shows the conversation when asked again`, async () => {
      const { t, conversationId } = await startAnswered();
      await using _ = t;
      const kept = await wordsKept(t);
      t.simulator.faults.add({ ...call, effect: { kind: 'status', status: 404, code: 'not_found' } });
      await t.attempt();
      const keptThen = await wordsKept(t);

      await t.finish();

      assert.ok(keptThen >= kept);
      assert.equal(await t.outcome(conversationId), 'delivered');
    });
  }

  test('when the token’s file gives the token of another workspace, which knows no such conversation', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'token');
    await writeFile(path, 'token-1\n');
    const { t, conversationId } = await startAnswered({
      simulator: { token: 'token-1' },
      environment: { INTERCOM_TOKEN: '', INTERCOM_TOKEN_FILE: path },
    });
    await using _ = t;
    const kept = await wordsKept(t);
    const notFound = { kind: 'status', status: 404, code: 'not_found' } as const;
    t.simulator.faults.beforeEffect({ method: 'GET', path: '^/conversations/\\d', nth: 2 }, async () => {
      await writeFile(path, 'token-2\n');
    });
    t.simulator.faults.add({ method: 'POST', path: '/reply$', effect: notFound });
    t.simulator.faults.add({ path: '^/me$', effect: { kind: 'token-revoked' } });

    await t.attempt();

    assert.equal((await t.turns(conversationId)).at(-1)?.state, 'waiting');
    assert.ok((await wordsKept(t)) >= kept);
  });
});
