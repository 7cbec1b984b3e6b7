import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FaultEffect, type Simulator, startSimulator } from '../../simulator/server.ts';
import { answerJson, type Loopback, startLoopback } from '../../test/support/loopback.ts';
import { unhurried } from '../../test/support/intercom.ts';
import { parseConversationId, parseTeammateId } from '../domain/ids.ts';
import { createOutbound } from '../lib/outbound.ts';
import { createIntercomClient, type IntercomClient } from './client.ts';
import { IntercomError } from './errors.ts';

const { signal } = new AbortController();
/** No test of these waits for it. */
const longMs = 30_000;

function createClient(baseUrl: URL, options: { token?: string; timeoutMs?: number; allowed?: URL } = {}) {
  const { token = 'token-1', timeoutMs = longMs, allowed = baseUrl } = options;
  const dispatcher = createOutbound({
    allowedOrigins: new Set([allowed.origin]),
    connectionsPerOriginMax: 4,
    onRefused: () => undefined,
  });
  const client = createIntercomClient({ baseUrl, token: () => token, timeoutMs, dispatcher, ...unhurried() });
  return { client, [Symbol.asyncDispose]: async () => await dispatcher.destroy() };
}

const clientOf = ({ url, token }: Simulator, timeoutMs = longMs) => createClient(new URL(url), { token, timeoutMs });

/** The error of a call that must fail. */
async function failureOf(call: Promise<unknown>): Promise<IntercomError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof IntercomError, `expected an IntercomError, got ${String(error)}`);
  return error;
}

describe('the client against the simulated Intercom', () => {
  test('me says whose token it is and which workspace it opens', async () => {
    await using simulator = await startSimulator();
    await using connected = clientOf(simulator);
    assert.partialDeepStrictEqual(await connected.client.me(signal), {
      teammateId: simulator.adminId,
      teammateName: 'AI draft',
      workspaceId: simulator.appId,
    });
  });

  test('teammateName gives a teammate’s name', async () => {
    await using simulator = await startSimulator();
    await using connected = clientOf(simulator);
    assert.equal(await connected.client.teammateName(parseTeammateId(simulator.teammateId), signal), 'Maren Holt');
  });

  test('checkReading passes where the app may read conversations', async () => {
    await using simulator = await startSimulator();
    await using connected = clientOf(simulator);
    await connected.client.checkReading(signal);
  });

  test('conversation gives the messages, oldest first', async () => {
    await using simulator = await startSimulator();
    await using connected = clientOf(simulator);
    const { conversationId } = simulator.contactWrites({ contactName: 'Ada', html: '<p>The valve <b>leaks</b></p>' });
    simulator.teammateWrites({ conversationId, html: '<p>Since when?</p>', on: 'assignment' });
    simulator.contactWrites({ conversationId, html: '<p>Since May</p>' });
    const conversation = await connected.client.conversation(parseConversationId(conversationId), signal);
    assert.deepEqual(
      conversation.parts.map(({ kind, author, text }) => [kind, author.kind, text]),
      [
        ['comment', 'contact', 'The valve leaks'],
        ['comment', 'teammate', 'Since when?'],
        ['comment', 'contact', 'Since May'],
      ],
    );
    assert.equal(conversation.contactName, 'Ada');
    assert.equal(conversation.isTruncated, false);
  });

  test('conversation says so when Intercom gives only the 500 newest parts', async () => {
    await using simulator = await startSimulator();
    await using connected = clientOf(simulator);
    const { conversationId } = simulator.contactWrites({ html: '<p>0</p>' });
    for (let count = 1; count <= 501; count += 1) simulator.contactWrites({ conversationId, html: `<p>${count}</p>` });
    const conversation = await connected.client.conversation(parseConversationId(conversationId), signal);
    assert.equal(conversation.isTruncated, true);
    assert.equal(conversation.parts.length, 501);
    assert.equal(conversation.parts.at(-1)?.text, '501');
  });

  for (const kind of ['note', 'comment'] as const) {
    test(`postPart posts a ${kind} as the teammate and gives the conversation with it`, async () => {
      await using simulator = await startSimulator();
      await using connected = clientOf(simulator);
      const { conversationId } = simulator.contactWrites({ html: '<p>The valve leaks</p>' });
      const post = { kind, authorId: parseTeammateId(simulator.adminId), html: '<p>Please <b>close</b> it.</p>' };
      const answered = await connected.client.postPart(parseConversationId(conversationId), post, signal);
      const stored = simulator.conversation(conversationId)?.parts.at(-1);
      assert.equal(stored?.partType, kind);
      assert.equal(stored.body, post.html);
      assert.equal(stored.author.id, simulator.adminId);
      assert.partialDeepStrictEqual(answered.parts.at(-1), { id: stored.id, kind, text: 'Please close it.' });
    });
  }
});

type Case = {
  readonly title: string;
  readonly effect: FaultEffect;
  readonly kind: IntercomError['kind'];
  readonly status?: number;
  readonly says: RegExp;
};

const cases: readonly Case[] = [
  {
    title: 'a revoked token',
    effect: { kind: 'token-revoked' },
    kind: 'misconfigured',
    status: 401,
    says: /^Intercom refused the access token \(GET \/me gave 401 token_revoked\): set INTERCOM_TOKEN/,
  },
  {
    title: 'a missing scope',
    effect: { kind: 'scope-missing' },
    kind: 'misconfigured',
    status: 403,
    says: /^Intercom does not allow GET \/me \(403 token_unauthorized\): give the app the scopes/,
  },
  {
    title: 'a rate limit',
    effect: { kind: 'rate-limited' },
    kind: 'limited',
    status: 429,
    says: /rate limit is used up/,
  },
  {
    title: 'an unknown thing',
    effect: { kind: 'status', status: 404, code: 'not_found' },
    kind: 'gone',
    status: 404,
    says: /does not know what GET \/me asks for \(404 not_found\)/,
  },
  {
    title: 'a wrong request',
    effect: { kind: 'status', status: 422, code: 'data_invalid' },
    kind: 'rejected',
    status: 422,
    says: /rejected GET \/me \(422 data_invalid\)/,
  },
  { title: 'a conflict', effect: { kind: 'status', status: 409 }, kind: 'away', status: 409, says: /failed at/ },
  { title: 'a request timeout', effect: { kind: 'status', status: 408 }, kind: 'away', status: 408, says: /failed at/ },
  {
    title: 'a server error',
    effect: { kind: 'status', status: 500 },
    kind: 'away',
    status: 500,
    says: /500 server_error/,
  },
  {
    title: 'a gateway’s page',
    effect: { kind: 'status', status: 502, body: 'html' },
    kind: 'away',
    status: 502,
    says: /^Intercom failed at GET \/me \(502\)\.$/,
  },
  {
    title: 'half an answer',
    effect: { kind: 'nonsense' },
    kind: 'away',
    says: /could not be read: it is not the JSON/,
  },
  {
    title: 'a reset connection',
    effect: { kind: 'reset' },
    kind: 'away',
    says: /^Intercom did not answer GET \/me \(127\.0\.0\.1:\d+: .+\)\. If that lasts, check INTERCOM_API_URL/,
  },
];

describe('what goes wrong has a kind:', () => {
  for (const { title, effect, kind, status, says } of cases) {
    test(`${title} is ${kind}`, async () => {
      await using simulator = await startSimulator();
      await using connected = clientOf(simulator);
      simulator.faults.add({ path: '/me', effect });
      const error = await failureOf(connected.client.me(signal));
      assert.equal(error.kind, kind);
      assert.equal(error.status, status);
      assert.match(error.message, says);
      assert.equal(simulator.requests.length, 1, 'nothing is asked twice');
    });
  }

  test('a rate limit says how long to wait', async () => {
    await using simulator = await startSimulator();
    await using connected = clientOf(simulator);
    simulator.faults.add({ path: '/me', effect: { kind: 'rate-limited', resetInSeconds: 7 } });
    const { retryAfterMs } = await failureOf(connected.client.me(signal));
    // The reset is a whole second by the server's clock, and so is the answer's date.
    assert.ok(retryAfterMs !== undefined && retryAfterMs >= 7000 && retryAfterMs <= 9000, String(retryAfterMs));
  });

  test('an answer that does not come in time is away', async () => {
    await using simulator = await startSimulator();
    await using connected = clientOf(simulator, 30);
    simulator.faults.add({ path: '/me', effect: { kind: 'hang' } });
    const error = await failureOf(connected.client.me(signal));
    assert.equal(error.kind, 'away');
    assert.match(
      error.message,
      /^Intercom did not answer GET \/me within 30 ms\. If that lasts, check INTERCOM_API_URL/,
    );
  });

  test('an answer that begins and does not end in time is away', async () => {
    await using server = await startLoopback((response) => response.write('{"type":'));
    await using connected = createClient(server.url, { timeoutMs: 30 });
    const error = await failureOf(connected.client.me(signal));
    assert.match(error.message, /within 30 ms/);
  });

  test('a call ends at once when its turn does', async () => {
    await using simulator = await startSimulator();
    await using connected = clientOf(simulator);
    const fault = simulator.faults.add({ path: '/me', effect: { kind: 'hang' } });
    const turn = new AbortController();
    const failure = failureOf(connected.client.me(turn.signal));
    await fault.reached;
    turn.abort();
    const { kind, message } = await failure;
    assert.deepEqual([kind, message], ['away', 'The call was given up because the turn ended.']);
  });

  test('a call whose turn has ended sends nothing', async () => {
    await using simulator = await startSimulator();
    await using connected = clientOf(simulator);
    assert.equal((await failureOf(connected.client.me(AbortSignal.abort()))).kind, 'away');
    assert.equal(simulator.requests.length, 0);
  });

  test('an answer without an end is not read to its end', async () => {
    await using server = await startLoopback((response) => {
      const chunk = Buffer.alloc(1024 * 1024, ' ');
      const pour = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pour);
      pour();
    });
    await using connected = createClient(server.url);
    const error = await failureOf(connected.client.me(signal));
    assert.equal(error.kind, 'away');
    assert.match(error.message, /longer than 20971520 bytes/);
  });

  test('JSON that is no answer to this call is away', async () => {
    await using server = await startLoopback((response) => answerJson(response, { type: 'conversation' }));
    await using connected = createClient(server.url);
    const { client } = connected;
    const id = parseConversationId('1');
    for (const call of [
      client.me(signal),
      client.conversation(id, signal),
      client.teammateName(parseTeammateId('1'), signal),
    ]) {
      assert.equal((await failureOf(call)).kind, 'away');
    }
  });

  test('nobody there is away', async () => {
    const gone = await startLoopback(() => undefined);
    await gone[Symbol.asyncDispose]();
    await using connected = createClient(gone.url);
    const error = await failureOf(connected.client.me(signal));
    assert.match(error.message, /ECONNREFUSED/);
  });
});

describe('nothing goes where it should not:', () => {
  test('a redirect is not followed, and the token stays here', async () => {
    await using other = await startLoopback((response) => answerJson(response, {}));
    await using server = await startLoopback((response) => {
      response.writeHead(307, { location: other.url.href });
      response.end();
    });
    await using connected = createClient(server.url);
    const { kind, status, message } = await failureOf(connected.client.me(signal));
    assert.deepEqual([kind, status], ['away', 307]);
    assert.equal(
      message,
      'Intercom answered GET /me with a redirect (307), which is not followed: check INTERCOM_API_URL.',
    );
    assert.equal(other.connections(), 0);
  });

  test('an origin that is not configured sees no connection', async () => {
    await using configured = await startLoopback((response) => answerJson(response, {}));
    await using other = await startLoopback((response) => answerJson(response, {}));
    await using connected = createClient(other.url, { allowed: configured.url });
    assert.match((await failureOf(connected.client.me(signal))).message, /not one of the configured hosts/);
    assert.equal(other.connections(), 0);
  });

  test('an id can’t lead to another path', async () => {
    await using server = await startLoopback((response) => answerJson(response, { id: '1' }));
    await using connected = createClient(server.url);
    await connected.client.conversation(parseConversationId('../me?x=1#'), signal);
    assert.equal(server.requests[0]?.path, '/conversations/..%2Fme%3Fx%3D1%23');
  });
});

describe('every call', () => {
  const calls: Record<keyof IntercomClient, (client: IntercomClient) => Promise<unknown>> = {
    me: (client) => client.me(signal),
    teammateName: (client) => client.teammateName(parseTeammateId('7'), signal),
    checkReading: (client) => client.checkReading(signal),
    conversation: (client) => client.conversation(parseConversationId('4711'), signal),
    contact: (client) => client.contact('c1', signal),
    teamNames: (client) => client.teamNames(signal),
    tagNames: (client) => client.tagNames(signal),
    tagId: (client) => client.tagId('ai', signal),
    setTag: (client) => client.setTag(parseConversationId('4711'), '9', parseTeammateId('7'), signal),
    setAttributes: (client) => client.setAttributes(parseConversationId('4711'), { topic: 'billing' }, signal),
    assignTeam: (client) => client.assignTeam(parseConversationId('4711'), '9', parseTeammateId('7'), signal),
    teammateNames: (client) => client.teammateNames(signal),
    searchOpenConversations: (client) =>
      client.searchOpenConversations({ fromSeconds: 1, untilSeconds: 2 }, undefined, signal),
    deletedConversations: (client) => client.deletedConversations(2, signal),
    postPart: (client) => {
      const post = { kind: 'note', authorId: parseTeammateId('7'), html: '<p>Grüße</p>' } as const;
      return client.postPart(parseConversationId('4711'), post, signal);
    },
    articles: (client) => client.articles(2, signal),
    article: (client) => client.article('30/01', signal),
    internalArticles: (client) => client.internalArticles(1, signal),
    macros: (client) => client.macros('W1=', signal),
  };
  const lines: Record<keyof IntercomClient, string> = {
    me: 'GET /me',
    teammateName: 'GET /admins/7',
    checkReading: 'GET /conversations?per_page=1',
    conversation: 'GET /conversations/4711',
    contact: 'GET /contacts/c1',
    teamNames: 'GET /teams',
    tagNames: 'GET /tags',
    tagId: 'POST /tags',
    setTag: 'POST /conversations/4711/tags',
    setAttributes: 'PUT /conversations/4711',
    assignTeam: 'POST /conversations/4711/parts',
    teammateNames: 'GET /admins',
    searchOpenConversations: 'POST /conversations/search',
    deletedConversations: 'GET /conversations/deleted?page=2&per_page=60&order=desc',
    postPart: 'POST /conversations/4711/reply',
    articles: 'GET /articles?page=2&per_page=50',
    article: 'GET /articles/30%2F01',
    internalArticles: 'GET /internal_articles?page=1&per_page=50',
    macros: 'GET /macros?per_page=150&starting_after=W1%3D',
  };
  const answer = { id: '7', app: { id_code: 'lumen123' }, teams: [], admins: [], conversations: [], data: [] };
  const startServer = async (): Promise<Loopback> => await startLoopback((response) => answerJson(response, answer));

  for (const name of Object.keys(calls) as (keyof IntercomClient)[]) {
    test(`${name} is ${lines[name]} with the token and the API version`, async () => {
      await using server = await startServer();
      await using connected = createClient(server.url, { token: 'tok:en' });
      await calls[name](connected.client);
      assert.deepEqual(
        server.requests.map(({ method, path, headers }) => [
          `${method} ${path}`,
          headers.authorization,
          headers.accept,
          headers['intercom-version'],
          headers['content-type'],
        ]),
        [
          [
            lines[name],
            'Bearer tok:en',
            'application/json',
            '2.16',
            /^P[OU]/.test(lines[name]) ? 'application/json' : undefined,
          ],
        ],
      );
    });
  }

  test('postPart sends the post as JSON', async () => {
    await using server = await startServer();
    await using connected = createClient(server.url);
    await calls.postPart(connected.client);
    assert.deepEqual(JSON.parse(server.requests[0]?.body ?? ''), {
      message_type: 'note',
      type: 'admin',
      admin_id: '7',
      body: '<p>Grüße</p>',
    });
  });
});
