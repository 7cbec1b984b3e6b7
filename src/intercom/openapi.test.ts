import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startSimulator } from '../../simulator/server.ts';
import { startLoopback } from '../../test/support/loopback.ts';
import { descriptionMissing, type IntercomDescription, loadIntercomDescription } from '../../test/support/openapi.ts';
import { parseConversationId, parseTeammateId } from '../domain/ids.ts';
import { unhurried } from '../../test/support/intercom.ts';
import { createOutbound } from '../lib/outbound.ts';
import { createIntercomClient, type IntercomClient } from './client.ts';
import { IntercomError } from './errors.ts';

const description = await loadIntercomDescription();
const skip = description === undefined ? descriptionMissing : false;

type Answer = { readonly status: number; readonly body: unknown };
type Exchange = {
  readonly method: string;
  readonly path: string;
  readonly request: Parameters<IntercomDescription['validateRequest']>[2];
  readonly answer: Answer;
};

const { signal } = new AbortController();

/**
 * What the client sends for `calls` and what it is answered. A relay stands between the client and the
 * simulated Intercom, so these are the bytes of the wire.
 */
async function record(calls: (client: IntercomClient, conversationId: string) => Promise<void>): Promise<Exchange[]> {
  await using simulator = await startSimulator({ seed: true });
  const { conversationId } = simulator.contactWrites({ contactName: 'Ada', html: '<p>The valve leaks</p>' });
  simulator.teammateWrites({ conversationId, html: '<p>Since when?</p>' });
  simulator.tag(conversationId, 'vip');

  const exchanges: Exchange[] = [];
  await using relay = await startLoopback((response, { method, path, headers, body }) => {
    const forward = async (): Promise<void> => {
      const sent = { authorization: headers.authorization ?? '', 'content-type': 'application/json' };
      const answered = await fetch(simulator.url + path, { method, headers: sent, ...(body === '' ? {} : { body }) });
      const text = await answered.text();
      const { pathname, searchParams } = new URL(path, relay.url);
      exchanges.push({
        method,
        path: pathname,
        request: {
          query: Object.fromEntries(searchParams),
          headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
          ...(body === '' ? {} : { body: JSON.parse(body) as unknown }),
        },
        answer: { status: answered.status, body: JSON.parse(text) as unknown },
      });
      response.writeHead(answered.status, { 'content-type': 'application/json' }).end(text);
    };
    void forward();
  });
  const dispatcher = createOutbound({
    allowedOrigins: new Set([relay.url.origin]),
    connectionsPerOriginMax: 1,
    onRefused: () => undefined,
  });
  const { token } = simulator;
  await calls(
    createIntercomClient({ baseUrl: relay.url, token: () => token, timeoutMs: 30_000, dispatcher, ...unhurried() }),
    conversationId,
  );
  await dispatcher.close();
  return exchanges;
}

describe('held against Intercom’s published description,', { skip }, () => {
  test('every request of the client is one of the API’s, and it reads answers of the described shape', async () => {
    const assistant = parseTeammateId('7100001');
    const exchanges = await record(async (client, raw) => {
      const conversationId = parseConversationId(raw);
      await client.me(signal);
      await client.teammateName(assistant, signal);
      await client.checkReading(signal);
      assert.equal((await client.conversation(conversationId, signal)).parts.length, 2);
      for (const kind of ['note', 'comment'] as const) {
        await client.postPart(conversationId, { kind, authorId: assistant, html: '<p>Close it.</p>' }, signal);
      }
      await client.setAttributes(conversationId, { topic: 'billing' }, signal);
      await client.assignTeam(conversationId, '810002', assistant, signal);
    });
    assert.equal(exchanges.length, 8);
    assertDescribed(exchanges);
  });

  test('so are the refusals that it tells apart', async () => {
    const exchanges = await record(async (client, raw) => {
      const post = { kind: 'note', authorId: parseTeammateId('1'), html: '<p>Close it.</p>' } as const;
      await assert.rejects(client.conversation(parseConversationId('1'), signal), IntercomError);
      await assert.rejects(client.postPart(parseConversationId(raw), post, signal), IntercomError);
    });
    assert.deepEqual(
      exchanges.map(({ answer }) => answer.status),
      [404, 404],
    );
    assertDescribed(exchanges);
  });

  test('a request that is not the API’s would be seen', () => {
    const headers = { authorization: 'Bearer t', 'intercom-version': '2.16' };
    const reply = { message_type: 'note', type: 'admin', admin_id: '7', text: 'Close it.' };
    const path = '/conversations/4711/reply';
    assert.notDeepEqual(description?.validateRequest('POST', path, { headers, body: reply }), []);
    assert.notDeepEqual(
      description?.validateRequest('GET', '/conversations', { headers, query: { page_size: '1' } }),
      [],
    );
  });
});

function assertDescribed(exchanges: readonly Exchange[]): void {
  for (const { method, path, request, answer } of exchanges) {
    assert.deepEqual(description?.validateRequest(method, path, request), [], `${method} ${path}`);
    assert.deepEqual(description?.validateResponse(method, path, answer.status, answer.body), [], `${method} ${path}`);
  }
}
