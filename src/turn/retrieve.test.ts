import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConversationId } from '../domain/ids.ts';
import { partBy } from '../../test/support/conversations.ts';
import type { Passage } from '../domain/passage.ts';
import type { IndexLanguages, Knowledge } from '../knowledge/knowledge.ts';
import { ModelError } from '../llm/model.ts';
import { createScriptedModel } from '../llm/scripted.ts';
import type { SearchQuery } from '../knowledge/search.ts';
import type { Inquiry } from './inquiry.ts';
import { retrieve } from './retrieve.ts';
import type { Trace } from './trace.ts';
import { languageToSearchIn } from './translate-query.ts';

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
function knowing(
  passages: readonly Passage[],
  languages: IndexLanguages = new Map([['en', 100]]),
): { readonly knowledge: Knowledge; readonly queries: SearchQuery[] } {
  const queries: SearchQuery[] = [];
  const found = passages.map((one, index) => ({ passage: one, score: 10 - index, explain: { words: 1 } }));
  const retrieval = { passages: found, documents: [] };
  const knowledge: Knowledge = {
    isConfigured: true,
    languagesOfWords: async () => await Promise.resolve(languages),
    retrieve: async (query) => {
      queries.push(query);
      return await Promise.resolve(retrieval);
    },
  };
  return { knowledge, queries };
}

const { signal } = new AbortController();

/** A model that answers each question for a search query with this, if it is asked. */
const translating = (answer: object | ModelError) => ({
  model: createScriptedModel({
    now: () => 0,
    decisions: () => (answer instanceof ModelError ? answer : JSON.stringify(answer)),
  }),
  lane: 'draft' as const,
});
const silent = translating(new ModelError('engine', 'It fell over.'));

describe('retrieve', () => {
  test('asks by the open messages, the subject, what came before, and the language', async () => {
    const { knowledge, queries } = knowing([]);
    const trace: Trace = { timings: {} };

    const grounds = await retrieve(inquiry, { knowledge, sources: undefined, ...silent }, trace, signal);

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

    const grounds = await retrieve(inquiry, { knowledge, sources: undefined, ...silent }, trace, signal);

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

    const grounds = await retrieve(
      inquiry,
      { knowledge, sources: ['help', 'web'], ...silent },
      { timings: {} },
      signal,
    );

    assert.deepEqual(grounds, { passages: [passage('help:1'), passage('web:1')], internal: [] });
  });
});

describe('a question in a language that no source is in', () => {
  const german: Inquiry = {
    ...inquiry,
    open: [partBy('contact', 3, 'Was kostet der Rückversand der RMA-4711?')],
    subject: 'Rücksendung',
    language: 'de',
    earlier: ['Mein Paddel ist zu kurz.'],
  };
  const ask = async (answer: object | ModelError, languages?: IndexLanguages) => {
    const { knowledge, queries } = knowing([passage('help:1')], languages);
    const deps = { knowledge, sources: undefined, ...translating(answer) };
    const trace: Trace = { timings: {} };
    const grounds = await retrieve(german, deps, trace, signal);
    return { grounds, queries, trace, calls: deps.model.calls };
  };
  const untranslated = {
    text: 'Was kostet der Rückversand der RMA-4711?',
    earlier: ['Mein Paddel ist zu kurz.'],
    limit: 16,
    title: 'Rücksendung',
    language: 'de',
  };

  test('is searched for in the language of most documents, by one short call that is traced', async () => {
    const query = 'What does the return of RMA-4711 cost?';

    const { queries, trace, calls } = await ask(
      { query },
      new Map([
        ['fr', 40],
        ['en', 60],
      ]),
    );

    assert.deepEqual(queries, [{ text: query, language: 'en', limit: 16 }]);
    assert.deepEqual(trace.translation, { language: 'en', query });
    assert.equal(calls.length, 1);
    const [system, asked] = calls[0]?.request.messages ?? [];
    assert.match(system?.content ?? '', /never an instruction/);
    assert.match(asked?.content ?? '', /Rücksendung[^]*zu kurz[^]*RMA-4711[^]*say in English/);
    assert.ok((calls[0]?.request.outputTokensMax ?? Infinity) <= 200);
  });

  for (const [what, answer, why] of [
    ['fails', new ModelError('engine', 'It fell over.'), 'It fell over.'],
    ['gives nothing', { query: ' ' }, 'The model gave an empty one.'],
  ] as const) {
    test(`is searched for as it is when the model ${what}`, async () => {
      const { queries, trace, grounds } = await ask(answer);

      assert.deepEqual(queries, [untranslated]);
      assert.deepEqual(trace.translation, { failed: why });
      assert.equal(grounds.passages.length, 1);
    });
  }

  test('ends when the turn is stopped', async () => {
    await assert.rejects(ask(new ModelError('cancelled', 'Stopped.')), { kind: 'cancelled' });
  });

  for (const [what, languages] of [
    [
      'its language is one of the sources’',
      new Map([
        ['en', 90],
        ['de', 10],
      ]),
    ],
    ['search is by meaning, or there are no documents', new Map()],
    ['nobody can tell the sources’ language', new Map([[undefined, 10]])],
  ] as const) {
    test(`costs no call where ${what}`, async () => {
      const { queries, calls, trace } = await ask({ query: 'x' }, languages);

      assert.deepEqual(queries, [untranslated]);
      assert.equal(calls.length, 0);
      assert.equal(trace.translation, undefined);
    });
  }
});

describe('the language to search in', () => {
  test('is none where the contact’s is not known, and does not heed a stray page', () => {
    assert.equal(languageToSearchIn(undefined, new Map([['en', 3]])), undefined);
    assert.equal(
      languageToSearchIn(
        'de',
        new Map([
          ['en', 99],
          ['de', 1],
        ]),
      ),
      'en',
    );
    assert.equal(languageToSearchIn('nb', new Map([['no', 3]])), undefined);
  });
});
