import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { item, split } from '../../test/support/documents.ts';
import type { EmbeddingModel, RerankModel } from '../llm/embedding.ts';
import { ModelError } from '../llm/model.ts';
import type { Database } from '../store/database.ts';
import { saveItem } from '../store/documents.ts';
import { migrate, readMigrations } from '../store/migrate.ts';
import { openDatabase } from '../store/open.ts';
import { createKnowledge } from './live-knowledge.ts';
import { embedMissing } from './meaning.ts';

const { signal } = new AbortController();

/** Words that mean the same, whatever their language: each line is one direction of the space. */
const meanings = [/leak|undicht|loch/i, /warranty|garantie/i, /paddle|ruder/i, /deliver|liefer/i];

type Scripted = EmbeddingModel & { readonly texts: string[]; isAway: boolean };

function scriptedEmbedder(name = 'scripted'): Scripted {
  const texts: string[] = [];
  return {
    name,
    texts,
    isAway: false,
    async embed(asked) {
      if (this.isAway) throw new ModelError('unreachable', 'The embedding server is away.');
      texts.push(...asked);
      return asked.map((text) => {
        const hits = meanings.map((meaning) => (meaning.test(text) ? 1 : 0.01));
        const length = Math.hypot(...hits);
        return Float32Array.from(hits, (hit) => hit / length);
      });
    },
  };
}

const articles = ['Repairing a leak', 'Warranty', 'Choosing a paddle', 'Delivery times'];

async function openLibrary(): Promise<Database> {
  const db = openDatabase({ kind: 'sqlite', path: ':memory:' });
  await migrate(db, readMigrations(), 0);
  for (const [index, title] of articles.entries()) {
    const document = split({ id: `help-center:${index}`, title, markdown: 'As it says above.' });
    await saveItem(db, item([document], { itemId: String(index) }), 1);
  }
  return db;
}

describe('search by meaning', () => {
  test('finds what is said in another language, where words alone find nothing', async () => {
    await using db = await openLibrary();
    const embeddings = scriptedEmbedder();
    const question = { text: 'Mein Boot hat ein Loch', language: 'de' };
    const byWords = createKnowledge({ db, isConfigured: () => true });
    assert.deepEqual((await byWords.retrieve(question, signal)).documents, []);

    assert.equal(await embedMissing(db, embeddings, signal), 4);
    const byMeaning = createKnowledge({ db, isConfigured: () => true, models: { embeddings, reranker: undefined } });
    const { passages } = await byMeaning.retrieve(question, signal);
    assert.equal(passages[0]?.passage.title, 'Repairing a leak');
    assert.ok((passages[0]?.explain['similarity'] ?? 0) > 0.9);
  });

  test('embeds each passage once, and all anew for another model', async () => {
    await using db = await openLibrary();
    await embedMissing(db, scriptedEmbedder(), signal);
    const again = scriptedEmbedder();
    assert.equal(await embedMissing(db, again, signal), 0);
    assert.deepEqual(again.texts, []);
    const changed = split({ id: 'help-center:0', title: 'Repairing a leak', markdown: 'Quite differently.' });
    await saveItem(db, item([changed], { itemId: '0' }), 2);
    assert.equal(await embedMissing(db, again, signal), 1);
    assert.equal(await embedMissing(db, scriptedEmbedder('other'), signal), 4);
  });

  test('takes new vectors over without reading everything again', async () => {
    await using db = await openLibrary();
    const embeddings = scriptedEmbedder();
    const knowledge = createKnowledge({ db, isConfigured: () => true, models: { embeddings, reranker: undefined } });
    await knowledge.catchUp();
    await embedMissing(db, embeddings, signal);
    await knowledge.catchUp();
    const { documents } = await knowledge.retrieve({ text: 'Garantie?' }, signal);
    assert.equal(documents[0]?.documentId, 'help-center:1');
  });

  test('goes on by words while the model is away, and says so', async () => {
    await using db = await openLibrary();
    const embeddings = scriptedEmbedder();
    const heard: (string | undefined)[] = [];
    const knowledge = createKnowledge({
      db,
      isConfigured: () => true,
      models: { embeddings, reranker: undefined },
      onModelCalled: (error) => heard.push(error?.message),
    });
    embeddings.isAway = true;
    const { passages } = await knowledge.retrieve({ text: 'How long is the warranty?' }, signal);
    assert.equal(passages[0]?.passage.title, 'Warranty');
    embeddings.isAway = false;
    await knowledge.retrieve({ text: 'How long is the warranty?' }, signal);
    assert.deepEqual(heard, ['The embedding server is away.', undefined]);
  });

  test('is put in order by a reranker, which keeps the search’s own score for people', async () => {
    await using db = await openLibrary();
    const reranker: RerankModel = {
      name: 'scripted',
      rerank: async (_query, texts) => texts.map((text) => (text.startsWith('Delivery') ? 0.9 : 0.1)),
    };
    const models = { embeddings: undefined, reranker };
    const knowledge = createKnowledge({ db, isConfigured: () => true, models });
    const { passages } = await knowledge.retrieve({ text: 'warranty paddle delivery' }, signal);
    assert.equal(passages[0]?.passage.title, 'Delivery times');
    assert.equal(passages[0]?.explain['rerank'], 0.9);
    assert.equal(typeof passages[0]?.explain['searchScore'], 'number');
  });
});
