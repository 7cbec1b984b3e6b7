/** A model server that embeds and reranks, over HTTP, on both databases. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { z } from 'zod';
import type { SplitDocument } from '../../src/store/documents.ts';
import type { DatabaseSource } from '../../src/store/open.ts';
import { createScriptedModel } from '../../src/llm/scripted.ts';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.ts';
import { split } from '../support/documents.ts';
import { startPostgres } from '../support/postgres.ts';

const server = await startPostgres();
if ('url' in server) after(async () => await server[Symbol.asyncDispose]());
const engines = [
  ['SQLite', undefined],
  ['PostgreSQL', 'unavailable' in server ? server.unavailable : server.freshSchema],
] as const;

const articles: readonly SplitDocument[] = ['Repairing a leak', 'The warranty', 'Choosing a paddle'].map(
  (title, index) => split({ id: `help-center:${index}/en`, title, markdown: 'As we say in the shop.' }),
);
const question = '<p>Guten Tag, mein Boot hat seit gestern ein Loch. Was soll ich jetzt machen?</p>';

/** What means the same, in whatever language: each is one direction of the space. */
const meanings = [/leak|loch/i, /warranty|garantie/i, /paddle|ruder/i];
const embed = (text: string): readonly number[] => meanings.map((meaning) => (meaning.test(text) ? 3 : 0.01));
const Embedding = z.object({ input: z.array(z.string()) });
const Reranking = z.object({ documents: z.array(z.string()) });

type Trouble = { isAway: boolean };

/** The embedding server's pages; the reranker puts the warranty first. A server that is away breaks connections. */
const pages = (trouble: Trouble) => ({
  '/v1/embeddings': (body: unknown) => {
    if (trouble.isAway) throw new Error('away');
    return { data: Embedding.parse(body).input.map((text, index) => ({ index, embedding: embed(text) })) };
  },
  '/v1/rerank': (body: unknown) => {
    if (trouble.isAway) throw new Error('away');
    const { documents } = Reranking.parse(body);
    const score = (text: string): number => (text.startsWith('The warranty') ? 0.9 : 0.2);
    return { results: documents.map((text, index) => ({ index, relevance_score: score(text) })) };
  },
});

type Started = { readonly t: TestApp; readonly trouble: Trouble; readonly embedded: () => readonly string[] };

async function start(database: DatabaseSource | undefined, options: TestAppOptions = {}): Promise<Started> {
  const trouble = { isAway: false };
  const t = await startTestApp({
    model: createScriptedModel({
      now: () => 0,
      decisions: ({ name }) => (name === 'search-query' ? '{"query":""}' : undefined),
    }),
    modelServer: { pages: pages(trouble) },
    roles: ['embed'],
    documents: articles,
    ...(database === undefined ? {} : { database }),
    ...options,
  });
  await t.app.knowledgeService.syncing.tick();
  const requests = () => t.modelServer.requests.filter(({ path }) => path === '/v1/embeddings');
  return { t, trouble, embedded: () => requests().flatMap(({ body }) => Embedding.parse(body).input) };
}

async function ask(t: TestApp, html = question) {
  const { conversationId } = t.simulator.contactWrites({ html });
  await t.finish();
  const [trace] = await t.traces(conversationId);
  assert.equal(t.simulator.notes(conversationId).length, 1);
  return { trace, found: trace?.passages?.map(({ heading }) => heading) };
}

for (const [engine, database] of engines) {
  const skip = typeof database === 'string' ? database : false;
  const source = async (): Promise<DatabaseSource | undefined> =>
    typeof database === 'function' ? await database() : undefined;

  describe(`search by meaning, with vectors in ${engine}`, { skip }, () => {
    test('finds the article in another language, by vectors that are kept', async () => {
      const { t, embedded } = await start(await source());
      await using _ = t;

      const { trace, found } = await ask(t);

      assert.equal(found?.[0], 'Repairing a leak');
      assert.ok((trace?.passages?.[0]?.explain['similarity'] ?? 0) > 0.99);
      assert.equal(trace?.translation, undefined);
      assert.equal(trace?.searchedWithout, undefined);
      assert.equal(embedded().length, articles.length + 1);
      await t.app.knowledgeService.syncing.tick();
      assert.equal(embedded().length, articles.length + 1, 'no passage is embedded twice');
    });

    test('goes on by words while the server is away, and the trace says so', async () => {
      const { t, trouble } = await start(await source());
      await using _ = t;
      trouble.isAway = true;

      const { trace, found } = await ask(t, '<p>How long is the warranty of my boat, please?</p>');

      assert.equal(found?.[0], 'The warranty');
      assert.match(trace?.searchedWithout?.[0] ?? '', /model server 127\.0\.0\.1/);
    });

    test('is put in order by a reranker', async () => {
      const { t } = await start(await source(), { roles: ['embed', 'rerank'] });
      await using _ = t;

      const { trace, found } = await ask(t);

      assert.equal(found?.[0], 'The warranty');
      assert.equal(trace?.passages?.[0]?.explain['rerank'], 0.9);
    });
  });
}

test('personal data that is hidden from the model is hidden from the embedding server too', async () => {
  const { t, embedded } = await start(undefined, { privacy: { mask: ['email'] }, roles: ['embed', 'rerank'] });
  await using _ = t;

  await ask(t, '<p>My boat has a leak. Please write to jo@example.com what I can do.</p>');

  assert.match(embedded().at(-1) ?? '', /write to \[EMAIL_1\]/);
  const sent = JSON.stringify(t.modelServer.requests.map(({ body }) => body));
  assert.doesNotMatch(sent, /jo@example/);
});
