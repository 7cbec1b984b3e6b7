import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SourceSettings } from '../../src/domain/source-settings.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

const helpCenter = { type: 'help-center', name: 'help-center', languages: [], restricted: 'internal' } as const;
const all: readonly SourceSettings[] = [
  helpCenter,
  { type: 'internal-articles', name: 'internal-articles' },
  { type: 'macros', name: 'macros' },
];
const { signal } = new AbortController();

/** The documents that answer a question best, best first. */
async function found({ app }: TestApp, text: string, audience: 'public' | 'any' = 'any'): Promise<readonly string[]> {
  const { documents } = await app.knowledgeService.knowledge.retrieve({ text, audience }, signal);
  return documents.map(({ documentId }) => documentId);
}

/** Waits for the webhooks under way and for what they set off. */
async function settle({ app, simulator }: TestApp): Promise<void> {
  await simulator.webhooks.idle();
  await app.knowledgeService.syncing.tick();
}

describe('what Intercom keeps to be read', () => {
  test('is found after the first sync: published articles in all languages, internal articles, macros', async () => {
    await using t = await startTestApp({ sources: all });
    await settle(t);
    assert.equal((await found(t, 'How long does the patch have to cure?'))[0], 'help-center:3001/en');
    assert.equal((await found(t, 'Was kostet der Umtausch in eine andere Größe?'))[0], 'help-center:3003/de');
    assert.equal((await found(t, 'goodwill limit for an order'))[0], 'internal-articles:4001');
    assert.equal((await found(t, 'prepaid label exchange sleeve parcel shop'))[0], 'macros:5002');
    const { standing } = t.app.knowledgeService.knowledge;
    assert.equal(standing.documents, 9 + 1 + 2 + 2);
    assert.equal(standing.state, 'ready');
  });

  test('drafts are not found, and what not every visitor may see is internal', async () => {
    await using t = await startTestApp({ sources: all });
    await settle(t);
    assert.ok(!(await found(t, 'When does the Drift 3 come?')).includes('help-center:3010/en'));
    assert.equal((await found(t, 'discount of dealers in the basket'))[0], 'help-center:3009/en');
    assert.ok(!(await found(t, 'discount of dealers in the basket', 'public')).includes('help-center:3009/en'));
    assert.ok(!(await found(t, 'goodwill limit', 'public')).includes('internal-articles:4001'));
  });

  test('a passage leads to its exact section', async () => {
    await using t = await startTestApp({ sources: all });
    await settle(t);
    const query = { text: 'Who pays for the parcel when I want a refund?' };
    const { passages } = await t.app.knowledgeService.knowledge.retrieve(query, signal);
    const urls = passages.map(({ passage }) => passage.url);
    assert.ok(urls.includes('https://help.lumenkayak.example/en/articles/3003#h_refund'), urls.join(' '));
  });

  test('is not read where no source is configured', async () => {
    await using t = await startTestApp();
    await settle(t);
    assert.deepEqual(
      t.simulator.requests.filter(({ path }) => /articles|macros/.test(path)),
      [],
    );
    const { knowledge } = t.app.knowledgeService;
    assert.equal(knowledge.isConfigured, false);
    const ready = await (await fetch(new URL('/readyz', t.url))).text();
    assert.match(ready, /"knowledge":\{"state":"off"/);
  });
});

describe('an article’s webhook', () => {
  test('has a new article found, a changed one changed, and a withdrawn and a deleted one gone', async () => {
    await using t = await startTestApp({ sources: [helpCenter] });
    await settle(t);
    const { library } = t.simulator;
    const id = library.writeArticle({ title: 'Roof racks', html: '<p>Our racks carry 75 kilograms.</p>' });
    await settle(t);
    assert.equal((await found(t, 'How much do the roof racks carry?'))[0], `help-center:${id}/en`);

    library.writeArticle({ id, title: 'Roof racks', html: '<p>Our racks carry 80 kilograms.</p>' });
    await settle(t);
    const { passages } = await t.app.knowledgeService.knowledge.retrieve({ text: 'roof racks carry' }, signal);
    assert.equal(passages[0]?.passage.text, 'Our racks carry 80 kilograms.');

    library.writeArticle({ id, title: 'Roof racks', html: '<p>Our racks carry 80 kilograms.</p>', state: 'draft' });
    await settle(t);
    assert.ok(!(await found(t, 'roof racks carry')).includes(`help-center:${id}/en`));

    library.deleteArticle('3001');
    await settle(t);
    assert.ok(!(await found(t, 'How long does the patch have to cure?')).includes('help-center:3001/en'));
  });

  test('reads that article alone, and stays noted until Intercom answers', async () => {
    await using t = await startTestApp({ sources: [helpCenter] });
    await settle(t);
    const lists = () => t.simulator.requests.filter(({ path }) => path === '/articles').length;
    const before = lists();
    const id = t.simulator.library.writeArticle({ title: 'Paddle floats', html: '<p>Floats are yellow.</p>' });
    t.simulator.faults.add({ path: `/articles/${id}`, effect: { kind: 'status', status: 503 } });
    await settle(t);
    t.simulator.faults.clear();
    await settle(t);
    assert.equal((await found(t, 'Which colour have paddle floats?'))[0], `help-center:${id}/en`);
    assert.equal(lists(), before);
  });

  test('is ignored where the Help Center is no source', async () => {
    await using t = await startTestApp();
    t.simulator.library.writeArticle({ title: 'Roof racks', html: '<p>75 kilograms.</p>' });
    await settle(t);
    assert.ok(t.simulator.webhooks.log.every(({ status }) => status === 200));
    assert.ok(!t.simulator.requests.some(({ path }) => path.startsWith('/articles')));
  });
});

describe('the schedule', () => {
  test('reads again after the interval, and not before; what is gone by then disappears', async () => {
    await using t = await startTestApp({ sources: [helpCenter] });
    await settle(t);
    t.simulator.library.deleteArticle('3006', { notify: false });
    t.advance(59 * 60_000);
    await settle(t);
    assert.ok((await found(t, 'pressure of floor and side chambers')).includes('help-center:3006/en'));
    t.advance(60_000);
    await settle(t);
    assert.ok(!(await found(t, 'pressure of floor and side chambers')).includes('help-center:3006/en'));
  });

  test('a Help Center that can’t be read keeps what is known, and is tried again soon', async () => {
    await using t = await startTestApp({ sources: [helpCenter] });
    await settle(t);
    t.simulator.faults.add({ path: '/articles', effect: { kind: 'scope-missing' } });
    t.advance(60 * 60_000);
    await settle(t);
    assert.match(t.log(), /"outcome":"failed","reason":"Intercom does not allow GET \/articles/);
    assert.equal((await found(t, 'How long does the patch have to cure?'))[0], 'help-center:3001/en');
    t.simulator.faults.clear();
    t.simulator.library.deleteArticle('3001', { notify: false });
    t.advance(5 * 60_000);
    await settle(t);
    assert.ok(!(await found(t, 'How long does the patch have to cure?')).includes('help-center:3001/en'));
  });
});
