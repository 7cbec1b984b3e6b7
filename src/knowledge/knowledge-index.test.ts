import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { document } from '../../test/support/documents.ts';
import type { KnowledgeDocument } from '../domain/passage.ts';
import { createKnowledgeIndex } from './knowledge-index.ts';
import { rerank } from './fusion.ts';
import type { IndexedDocument, KnowledgeIndex, SearchQuery } from './search.ts';
import { splitDocument } from './split.ts';

const indexed = (changes: Partial<KnowledgeDocument>, language = 'en'): IndexedDocument => {
  const one = document(changes);
  return { document: one, passages: splitDocument(one, language) };
};

function indexWith(...documents: readonly IndexedDocument[]): KnowledgeIndex {
  const index = createKnowledgeIndex();
  index.upsert(documents);
  return index;
}

const ids = (index: KnowledgeIndex, query: SearchQuery): readonly string[] =>
  index.search(query).documents.map(({ documentId }) => documentId);

const shop = [
  indexed({ id: 'refund', title: 'Refunds', markdown: 'Money comes back in five days.\n\n## Gift cards\n\nNever.' }),
  indexed({ id: 'delivery', title: 'Delivery', markdown: 'Parcels arrive in two days.\n\n## Abroad\n\nIn ten days.' }),
  indexed({ id: 'password', title: 'Your password', markdown: 'Reset it on the login page. No money is needed.' }),
];

describe('a search', () => {
  test('finds the section that answers, in the document whose title says it', () => {
    const { passages, documents } = indexWith(...shop).search({ text: 'Can I get a refund of a gift card?' });

    assert.equal(documents[0]?.documentId, 'refund');
    assert.deepEqual(passages[0]?.passage.headingPath, ['Gift cards']);
    assert.ok(Math.abs(passages[0].score - documents[0].score) < 1e-9);
  });

  test('explains what a score is made of', () => {
    const [found] = indexWith(...shop).search({ text: 'money for a gift card refund' }).passages;
    assert.ok(found !== undefined);
    const { section = 0, neighbours = 0, document: whole = 0, title = 0, ...words } = found.explain;

    assert.ok(Math.abs(found.score - (section + neighbours + whole + title)) < 1e-9);
    const named = Object.values(words).reduce((sum, score) => sum + score, 0);
    assert.ok(Math.abs(named - section) < 1e-9, 'the words add up to the section');
    assert.ok('word gift' in words && 'word refund' in words);
  });

  test('of words that stand nowhere finds nothing', () => {
    assert.deepEqual(indexWith(...shop).search({ text: 'xylophone' }), { passages: [], documents: [] });
    assert.deepEqual(createKnowledgeIndex().search({ text: 'refund' }), { passages: [], documents: [] });
  });

  test('forgives a typing error', () => {
    assert.deepEqual(ids(indexWith(...shop), { text: 'delivrey' }), ['delivery']);
    assert.deepEqual(ids(indexWith(...shop), { text: 'pasword' }), ['password']);
  });

  test('takes a compound apart', () => {
    const konto = indexed({ id: 'konto', title: 'Konto', markdown: 'Unter Einstellungen.' }, 'de');
    assert.deepEqual(ids(indexWith(konto), { text: 'Kontoeinstellungen', language: 'de' }), ['konto']);
  });

  test('hears what was said before, more faintly', () => {
    const index = indexWith(...shop);
    const query = { text: 'How many days?', earlier: ['My parcel is not here'] };

    assert.equal(ids(index, query)[0], 'delivery');
    assert.equal(ids(index, { ...query, text: 'How many days for a refund?' })[0], 'refund');
  });

  test('gives no more than was asked for, and no more than three passages of a document', () => {
    const sections = ['A', 'B', 'C', 'D', 'E'].map((name) => `## ${name}\n\nThe kayak ${name}.`).join('\n\n');
    const index = indexWith(
      indexed({ id: 'long', markdown: sections }),
      indexed({ id: 'short', markdown: 'A kayak.' }),
    );

    const { passages } = index.search({ text: 'kayak' });
    assert.equal(passages.filter(({ passage }) => passage.documentId === 'long').length, 3);
    assert.equal(passages.length, 4);
    assert.equal(index.search({ text: 'kayak', limit: 1 }).passages.length, 1);
  });

  test('leaves out what a contact may not read, when asked for what is public', () => {
    const secret = indexed({ id: 'secret', title: 'Refunds inside', audience: 'internal', markdown: 'Refund all.' });
    const index = indexWith(...shop, secret);

    assert.ok(ids(index, { text: 'refund' }).includes('secret'));
    assert.deepEqual(ids(index, { text: 'refund', audience: 'public' }), ['refund']);
  });

  test('finds documents of several languages, each by its own rules', () => {
    const index = indexWith(
      indexed({ id: 'de', title: 'Rechnungen', markdown: 'Sie finden Rechnungen im Konto.' }, 'de'),
      indexed({ id: 'ja', title: '請求書', markdown: '請求書はアカウントにあります。' }, 'ja'),
      indexed({ id: 'en', title: 'Invoices', markdown: 'You find invoices in your account.' }),
    );

    assert.deepEqual(ids(index, { text: 'Wo ist meine Rechnung?', language: 'de' }), ['de']);
    assert.deepEqual(ids(index, { text: '請求書はどこですか', language: 'ja' }), ['ja']);
    assert.deepEqual(ids(index, { text: 'Where is my invoice?', language: 'en' }), ['en']);
  });
});

/** Points where the words of a meaning point, in whatever language: an embedding model in six words. */
function embed(text: string): Float32Array {
  const meanings = [/invoice|Rechnung|facture/i, /parcel|Paket|colis/i, /password|Passwort/i];
  const vector = [...meanings.map((meaning) => (meaning.test(text) ? 1 : 0)), 0.1];
  return Float32Array.from(vector, (value) => value / Math.hypot(...vector));
}

describe('a search with vectors', () => {
  const documents = [
    indexed({ id: 'invoice', title: 'Billing', markdown: 'Each invoice is sent by mail.' }),
    indexed({ id: 'parcel', title: 'Shipping', markdown: 'A parcel takes two days.\n\n## Customs\n\nPaid by you.' }),
    indexed({ id: 'mail', title: 'Mail', markdown: 'We answer mail in a day.' }),
  ].map((one) => ({ ...one, vectors: one.passages.map(({ text }) => embed(text)) }));
  const ask = (text: string): SearchQuery => ({ text, queryVector: embed(text) });

  test('finds what is meant in another language, where words alone find nothing', () => {
    const index = indexWith(...documents);
    assert.deepEqual(ids(index, { text: 'Wo bleibt mein Paket?' }), []);
    assert.equal(ids(index, ask('Wo bleibt mein Paket?'))[0], 'parcel');
    assert.equal(ids(index, ask('Où est ma facture ?'))[0], 'invoice');
  });

  test('puts first what words and vectors agree on, and says both ranks', () => {
    const [first] = indexWith(...documents).search(ask('invoice by mail')).passages;

    assert.equal(first?.passage.documentId, 'invoice');
    assert.equal(first.explain['textRank'], 1);
    assert.equal(first.explain['vectorRank'], 1);
    assert.ok(Math.abs(first.score - 2 / 61) < 1e-9);
  });

  test('finds by words what has no vector yet, or one of another model', () => {
    const late = indexed({ id: 'late', title: 'Password', markdown: 'Reset it.' });
    const index = indexWith(...documents, late, {
      ...late,
      document: document({ id: 'other' }),
      vectors: [new Float32Array(2)],
    });

    assert.ok(ids(index, ask('password')).includes('late'));
    assert.deepEqual(ids(indexWith(late), ask('password')), ['late']);
  });

  test('forgets the vectors of what is removed, and keeps what is internal from contacts', () => {
    const index = indexWith(...documents);
    index.remove(['parcel']);
    assert.ok(!ids(index, ask('Paket')).includes('parcel'));

    const secret = indexed({ id: 'secret', audience: 'internal', markdown: 'The parcel depot.' });
    index.upsert([{ ...secret, vectors: [embed('parcel')] }]);
    assert.equal(ids(index, ask('Paket'))[0], 'secret');
    assert.ok(!ids(index, { ...ask('Paket'), audience: 'public' }).includes('secret'));
  });
});

test('a reranker’s scores put passages and documents in a new order, and are explained', () => {
  const found = indexWith(...shop).search({ text: 'money days' });
  const scores = found.passages.map((_passage, position) => position);
  const reranked = rerank(found, scores);

  assert.deepEqual(
    reranked.passages.map(({ passage }) => passage.id),
    found.passages.map(({ passage }) => passage.id).toReversed(),
  );
  assert.equal(reranked.documents[0]?.documentId, found.passages.at(-1)?.passage.documentId);
  assert.equal(reranked.passages[0]?.explain['reranker'], scores.length - 1);
  assert.equal(reranked.passages[0].explain['search'], found.passages.at(-1)?.score);
});

describe('an index', () => {
  test('replaces a document, and forgets one', () => {
    const index = indexWith(...shop);
    index.upsert([indexed({ id: 'refund', title: 'Vouchers', markdown: 'Instead of cash.' })]);

    assert.deepEqual(index.size, { documents: 3, passages: 4 });
    assert.deepEqual(ids(index, { text: 'gift' }), []);
    assert.deepEqual(ids(index, { text: 'voucher' }), ['refund']);
    index.remove(['refund', 'never there']);
    assert.deepEqual(index.size, { documents: 2, passages: 3 });
    assert.deepEqual(ids(index, { text: 'voucher' }), []);
  });

  test('after any changes finds what an index built anew finds, with the same scores', () => {
    const words = ['kayak', 'paddle', 'leak', 'valve', 'order', 'refund', 'rope'];
    const text = fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((chosen) => chosen.join(' '));
    const change = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      title: text,
      markdown: fc.tuple(text, text).map((parts) => parts.join('\n\n## paddle\n\n')),
      isRemoved: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), text, (changes, question) => {
        const index = createKnowledgeIndex();
        const kept = new Map<string, IndexedDocument>();
        for (const { isRemoved, ...parts } of changes) {
          kept.delete(parts.id);
          if (isRemoved) index.remove([parts.id]);
          else index.upsert([indexed(parts)]);
          if (!isRemoved) kept.set(parts.id, indexed(parts));
        }
        assert.deepEqual(index.size, indexWith(...kept.values()).size);
        assert.deepEqual(index.search({ text: question }), indexWith(...kept.values()).search({ text: question }));
      }),
    );
  });

  test('stays small and right when one document changes thousands of times', () => {
    const index = indexWith(...shop);
    for (let version = 0; version < 3000; version += 1) {
      index.upsert([indexed({ id: 'news', title: 'News', markdown: `Release${version} is out.` })]);
    }

    assert.deepEqual(ids(index, { text: 'release2999' }), ['news']);
    assert.deepEqual(ids(index, { text: 'release17' }), []);
    assert.deepEqual(ids(index, { text: 'gift' }), ['refund']);
    assert.deepEqual(index.size, { documents: 4, passages: 6 });
  });
});
