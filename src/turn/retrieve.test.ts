import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConversationId } from '../domain/ids.ts';
import { partBy } from '../../test/support/conversations.ts';
import type { Passage } from '../domain/passage.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { SearchQuery } from '../knowledge/search.ts';
import type { Inquiry } from './inquiry.ts';
import { retrieve } from './retrieve.ts';
import type { Trace } from './trace.ts';

const inquiry: Inquiry = {
  conversationId: parseConversationId('215'),
  answered: [],
  open: [partBy('contact', 3, 'Is it free?'), partBy('contact', 4, 'And how long?')],
  subject: 'Returns',
  language: 'en',
  earlier: ['Which paddle?'],
  known: [],
};

const passage = (id: string, audience: Passage['audience'] = 'public'): Passage => ({
  id: `${id}#a`,
  documentId: id,
  kind: 'article',
  title: id,
  headingPath: [],
  text: 'words',
  url: undefined,
  language: 'en',
  audience,
});

/** Finds these passages in this order, whatever is asked; keeps what was asked. */
function knowing(passages: readonly Passage[]): { readonly knowledge: Knowledge; readonly queries: SearchQuery[] } {
  const queries: SearchQuery[] = [];
  const found = passages.map((one, index) => ({ passage: one, score: 10 - index, explain: { words: 1 } }));
  const retrieval = { passages: found, documents: [] };
  const knowledge: Knowledge = {
    isConfigured: true,
    retrieve: async (query) => {
      queries.push(query);
      return await Promise.resolve(retrieval);
    },
  };
  return { knowledge, queries };
}

const { signal } = new AbortController();

describe('retrieve', () => {
  test('asks by the open messages, the subject, what came before, and the language', async () => {
    const { knowledge, queries } = knowing([]);
    const trace: Trace = { timings: {} };

    const grounds = await retrieve(inquiry, { knowledge, sources: undefined }, trace, signal);

    assert.deepEqual(grounds, { passages: [], internal: [] });
    assert.deepEqual(queries, [
      { text: 'Is it free?\n\nAnd how long?', earlier: ['Which paddle?'], limit: 16, title: 'Returns', language: 'en' },
    ]);
    assert.deepEqual(trace.passages, []);
  });

  test('keeps the best six for everybody, and apart from them two internal ones', async () => {
    const shared = Array.from({ length: 8 }, (_, index) => passage(`help:${index}`));
    const internal = Array.from({ length: 3 }, (_, index) => passage(`own:${index}`, 'internal'));
    const { knowledge } = knowing([...internal, ...shared]);
    const trace: Trace = { timings: {} };

    const grounds = await retrieve(inquiry, { knowledge, sources: undefined }, trace, signal);

    assert.deepEqual(grounds, { passages: shared.slice(0, 6), internal: internal.slice(0, 2) });
    assert.equal(trace.passages?.length, 8);
  });

  test('keeps to the sources that the rule names', async () => {
    const { knowledge } = knowing([
      passage('help:1'),
      passage('help-old:1'),
      passage('web:1'),
      passage('own:1', 'internal'),
    ]);

    const grounds = await retrieve(inquiry, { knowledge, sources: ['help', 'web'] }, { timings: {} }, signal);

    assert.deepEqual(grounds, { passages: [passage('help:1'), passage('web:1')], internal: [] });
  });
});
