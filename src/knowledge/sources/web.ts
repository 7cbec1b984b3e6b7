import type { WebSettings } from '../../domain/source-settings.ts';
import type { Clock } from '../../lib/clock.ts';
import { createOutbound } from '../../lib/outbound.ts';
import { tidyText } from '../../intercom/html-to-text.ts';
import type { Robots } from '../robots.ts';
import type { ReadEvent, ReadItem, ReadOptions, Source } from '../source.ts';
import { createFetchPage, type Fetched, type FetchPage } from '../web-fetch.ts';
import { readWebPage, type WebPage } from '../web-page.ts';
import { type Frontier, openFrontier, readRobots } from './web-frontier.ts';

/** So many pages failing one after another mean that the site is away, not that they are gone. */
const failuresMax = 5;
const delaySecondsMax = 60;

export type WebDeps = {
  readonly sleep: Clock['sleep'];
  readonly onRefused: (origin: string) => void;
};

const isPlain = (contentType: string): boolean => /^text\/(?:plain|markdown)/.test(contentType);
const isHtml = (contentType: string): boolean => /^(?:text\/html|application\/xhtml\+xml)/.test(contentType);

type PageFetched = Extract<Fetched, { readonly kind: 'page' }>;

function readText(fetched: PageFetched, url: URL): WebPage | undefined {
  if (isHtml(fetched.contentType)) return readWebPage(fetched.text, url);
  if (!isPlain(fetched.contentType)) return undefined;
  const markdown = tidyText(fetched.text);
  const title = /^#\s+(.+)$/m.exec(markdown)?.[1] ?? url.pathname;
  return { title, markdown, locale: undefined, canonical: undefined, isIndexable: true, links: [] };
}

/** What a page is to us; its links and the address that it goes by are added to the frontier. */
function takePage(fetched: PageFetched, url: URL, frontier: Frontier, { audience }: WebSettings): ReadItem | undefined {
  const page = readText(fetched, url);
  if (page === undefined) return undefined;
  for (const link of page.links) frontier.add(link);
  const { canonical } = page;
  if (canonical !== undefined && canonical.href !== url.href && canonical.origin === url.origin) {
    frontier.add(canonical);
    return undefined;
  }
  if (!page.isIndexable) return undefined;
  const { title, markdown, locale } = page;
  const place = { externalId: url.href, kind: 'web', url: url.href, audience } as const;
  const documents = [{ ...place, title, markdown, locale, updatedAt: undefined }];
  return { kind: 'read', itemId: url.href, validator: fetched.validator, documents };
}

const siteAway = (site: URL, why: string): Error =>
  new Error(`${site.host} failed ${failuresMax} times in a row, at last with: ${why}`);

async function* crawl(
  settings: WebSettings,
  { known, startedAt, signal }: ReadOptions,
  robots: Robots,
  fetchPage: FetchPage,
): AsyncIterable<ReadEvent> {
  const frontier = await openFrontier(settings, robots, known.keys(), fetchPage, signal);
  let visited = 0;
  let failures = 0;
  for (let url = frontier.next(); url !== undefined; url = frontier.next()) {
    if (visited >= settings.pagesMax) {
      const why = `The site has more than ${settings.pagesMax} pages: raise pagesMax to read the rest.`;
      yield { kind: 'broken', itemId: settings.url.href, why };
      return;
    }
    visited += 1;
    const itemId = url.href;
    const before = known.get(itemId);
    const isStart = itemId === settings.url.href;
    if (before !== undefined && before.seenAt >= startedAt && !isStart) yield { kind: 'unchanged', itemId };
    else {
      // The start page is read whole, since its links lead to what is new.
      const fetched = await fetchPage(url, isStart ? undefined : before?.validator, signal);
      failures = fetched.kind === 'failed' ? failures + 1 : 0;
      if (fetched.kind === 'failed' && isStart) throw new Error(`${itemId} can't be read: ${fetched.why}`);
      if (fetched.kind === 'failed' && failures >= failuresMax) throw siteAway(url, fetched.why);
      yield* eventsOf(fetched, url, frontier, settings);
    }
    yield { kind: 'expected', items: Math.min(frontier.size, settings.pagesMax) };
  }
}

function* eventsOf(fetched: Fetched, url: URL, frontier: Frontier, settings: WebSettings): Iterable<ReadEvent> {
  const isStart = url.href === settings.url.href;
  switch (fetched.kind) {
    case 'page': {
      const item = takePage(fetched, url, frontier, settings);
      if (item !== undefined) yield item;
      return;
    }
    case 'unchanged':
      yield { kind: 'unchanged', itemId: url.href };
      return;
    case 'moved':
      if (isStart && fetched.to.origin !== url.origin) {
        throw new Error(`${url.href} leads to ${fetched.to.href}: set the source's url to that.`);
      }
      frontier.add(fetched.to);
      return;
    case 'gone':
      if (isStart) throw new Error(`${url.href} does not exist: check the source's url.`);
      return;
    case 'failed':
      yield { kind: 'broken', itemId: url.href, why: fetched.why };
  }
}

async function* read(settings: WebSettings, options: ReadOptions, deps: WebDeps): AsyncIterable<ReadEvent> {
  const dispatcher = createOutbound({
    allowedOrigins: new Set([settings.url.origin]),
    connectionsPerOriginMax: 1,
    onRefused: deps.onRefused,
  });
  const fetchAtOnce = createFetchPage(dispatcher);
  try {
    const robots = await readRobots(settings.url, fetchAtOnce, options.signal);
    const delaySeconds = Math.min(Math.max(settings.delaySeconds, robots.crawlDelaySeconds ?? 0), delaySecondsMax);
    const fetchPolitely: FetchPage = async (url, validator, signal) => {
      await deps.sleep(delaySeconds * 1000, signal);
      return await fetchAtOnce(url, validator, signal);
    };
    yield* crawl(settings, options, robots, fetchPolitely);
  } finally {
    await dispatcher.close();
  }
}

/**
 * The pages of one web site, from a sitemap or by following links: what robots.txt allows, of that host alone, one
 * request at a time.
 */
export const createWebSite = (settings: WebSettings, deps: WebDeps): Source => ({
  settings,
  read: (options) => read(settings, options, deps),
});
