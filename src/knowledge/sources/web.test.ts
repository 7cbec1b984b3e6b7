import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Loopback, startLoopback } from '../../../test/support/loopback.ts';
import { openSyncBench } from '../../../test/support/sync.ts';
import type { WebSettings } from '../../domain/source-settings.ts';

type Answer = {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
};
type Site = Map<string, string | Answer>;

const html = (body: string): string => `<html lang="en"><body><nav>menu</nav><main>${body}</main></body></html>`;

/** A web site: paths and what they answer; a page's ETag is its text. */
const startSite = async (site: Site): Promise<Loopback> =>
  await startLoopback((response, { path, headers }) => {
    const found = site.get(path);
    const {
      status = 200,
      body = '',
      headers: extra = {},
    } = typeof found === 'string' ? { body: found } : (found ?? { status: 404 });
    const etag = `"${Buffer.from(body).toString('base64').slice(-40)}"`;
    if (status === 200 && headers['if-none-match'] === etag) return response.writeHead(304).end();
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', etag, ...extra }).end(body);
  });

const settingsOf = (url: URL, changes: Partial<WebSettings> = {}): WebSettings => ({
  type: 'web',
  name: 'web',
  url,
  audience: 'public',
  pagesMax: 50,
  delaySeconds: 0,
  ...changes,
});

const paths = (ids: readonly string[]): readonly string[] => ids.map((id) => new URL(id.slice('web:'.length)).pathname);
const asked = (server: Loopback): readonly string[] => server.requests.map(({ path }) => path);

describe('a web site', () => {
  test('is followed by its links: the same host, the same folder, each page once', async () => {
    const site: Site = new Map([
      ['/docs/', html('<h1>Start</h1><a href="a.html">A</a> <a href="/docs/b.html#x">B</a> <a href="/blog/">Blog</a>')],
      [
        '/docs/a.html',
        html('<h1>Racks</h1><p>They carry 75 kg.</p><a href="./">up</a> <a href="http://other.example/">x</a>'),
      ],
      ['/docs/b.html', html('<h1>Boats</h1><p>They float.</p><a href="a.html?">A</a>')],
      ['/blog/', html('<p>News</p>')],
    ]);
    await using server = await startSite(site);
    await using bench = await openSyncBench();
    const report = await bench.sync(settingsOf(new URL('/docs/', server.url)));
    assert.deepEqual([report.outcome, report.problems], ['finished', []]);
    assert.deepEqual(asked(server), ['/robots.txt', '/docs/', '/docs/a.html', '/docs/b.html']);
    assert.equal(
      await bench.text(`web:${new URL('/docs/a.html', server.url).href}`),
      '# Racks\n\nThey carry 75 kg.\n\nup [x](http://other.example/)',
    );
  });

  test('is asked only for what has changed, and pages that are gone disappear', async () => {
    const site: Site = new Map([
      ['/', html('<p>Start</p><a href="/a">A</a><a href="/b">B</a>')],
      ['/a', html('<p>A</p>')],
      ['/b', html('<p>B</p>')],
    ]);
    await using server = await startSite(site);
    await using bench = await openSyncBench();
    await bench.sync(settingsOf(server.url));
    site.set('/a', html('<p>A, changed</p>'));
    site.delete('/b');
    const { changed, removed, problems } = await bench.sync(settingsOf(server.url));
    assert.deepEqual({ changed, removed, problems }, { changed: 1, removed: 1, problems: [] });
    assert.deepEqual(paths(await bench.ids()), ['/', '/a']);
    assert.equal(await bench.text(`web:${server.url.href}a`), 'A, changed');
  });

  test('is read from its sitemap, also by way of others', async () => {
    await using server = await startSite(new Map());
    const at = (path: string): string => new URL(path, server.url).href;
    const site: Site = new Map([
      ['/sitemap.xml', `<sitemapindex><sitemap><loc>${at('/pages.xml')}</loc></sitemap></sitemapindex>`],
      [
        '/pages.xml',
        `<urlset><url><loc> ${at('/a?x=1&amp;y=2')} </loc></url><url><loc>https://other.example/</loc></url></urlset>`,
      ],
      ['/a?x=1&y=2', html('<p>A</p>')],
    ]);
    await using mapped = await startLoopback((response, { path }) => {
      const body = site.get(path);
      const text = typeof body === 'string' ? body.replaceAll(server.url.origin, mapped.url.origin) : '';
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(text);
    });
    await using bench = await openSyncBench();
    const report = await bench.sync(settingsOf(new URL('/sitemap.xml', mapped.url)));
    assert.deepEqual([report.outcome, report.changed], ['finished', 1]);
    assert.deepEqual(await bench.ids(), [`web:${mapped.url.href}a?x=1&y=2`]);
  });

  test('robots.txt is kept to, and a page that asks not to be taken up is not', async () => {
    const site: Site = new Map<string, string | Answer>([
      ['/robots.txt', { body: 'User-agent: *\nDisallow: /private', headers: { 'content-type': 'text/plain' } }],
      ['/', html('<p>Start</p><a href="/private/x">x</a><a href="/hidden">h</a>')],
      ['/private/x', html('<p>secret</p>')],
      ['/hidden', `<head><meta name="robots" content="noindex"></head><p>hidden</p>`],
    ]);
    await using server = await startSite(site);
    await using bench = await openSyncBench();
    await bench.sync(settingsOf(server.url));
    assert.ok(!asked(server).includes('/private/x'));
    assert.deepEqual(paths(await bench.ids()), ['/']);
  });

  test('where robots.txt can’t be read no page is asked for', async () => {
    await using server = await startSite(new Map([['/robots.txt', { status: 503 }]]));
    await using bench = await openSyncBench();
    const { outcome, why } = await bench.sync(settingsOf(server.url));
    assert.equal(outcome, 'failed');
    assert.match(why ?? '', /robots\.txt can't be read, and without it no page may be: The site answered 503\./);
    assert.deepEqual(asked(server), ['/robots.txt']);
  });

  test('a page that fails is named and kept; a site that is away is left alone, and nothing is deleted', async () => {
    const links = Array.from({ length: 9 }, (_, index) => `<a href="/${index}">${index}</a>`).join('');
    const site: Site = new Map<string, string | Answer>([['/', html(`<p>Start</p>${links}`)]]);
    for (let index = 0; index < 9; index += 1) site.set(`/${index}`, html(`<p>Page ${index}</p>`));
    await using server = await startSite(site);
    await using bench = await openSyncBench();
    await bench.sync(settingsOf(server.url));
    site.set('/3', { status: 500 });
    const broken = await bench.sync(settingsOf(server.url));
    assert.deepEqual(broken.problems, [{ item: `${server.url.href}3`, why: 'The site answered 500.' }]);
    assert.equal((await bench.ids()).length, 10);
    for (let index = 0; index < 9; index += 1) site.set(`/${index}`, { status: 500 });
    const before = asked(server).length;
    const away = await bench.sync(settingsOf(server.url));
    assert.equal(away.outcome, 'failed');
    assert.match(away.why ?? '', /failed 5 times in a row/);
    assert.equal((await bench.ids()).length, 10);
    assert.ok(asked(server).length - before < 9);
  });

  test('is cut off at its number of pages, and says so', async () => {
    const site: Site = new Map([['/', html('<p>Start</p><a href="/1">1</a><a href="/2">2</a>')]]);
    for (const path of ['/1', '/2']) site.set(path, html(`<p>${path}</p>`));
    await using server = await startSite(site);
    await using bench = await openSyncBench();
    const { problems } = await bench.sync(settingsOf(server.url, { pagesMax: 2 }));
    assert.match(problems[0]?.why ?? '', /more than 2 pages: raise pagesMax/);
    assert.equal((await bench.ids()).length, 2);
  });

  test('a redirect to another host is told, not followed', async () => {
    const away = { status: 301, headers: { location: 'https://other.example/docs' } };
    await using server = await startSite(new Map([['/', away]]));
    await using bench = await openSyncBench();
    const { why } = await bench.sync(settingsOf(server.url));
    assert.match(why ?? '', /leads to https:\/\/other\.example\/docs: set the source's url to that\./);
  });
});
