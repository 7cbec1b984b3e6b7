import type { WebSettings } from '../../domain/source-settings.ts';
import { parseRobots, type Robots } from '../robots.ts';
import { agentName, type FetchPage } from '../web-fetch.ts';

const sitemapsMax = 50;

const isSitemap = (url: URL): boolean => url.pathname.toLowerCase().endsWith('.xml');

/** A start page stands for its folder: `/docs/intro` leads to pages below `/docs/`. A sitemap stands for the host. */
const scopeOf = (url: URL): string => (isSitemap(url) ? '/' : url.pathname.replace(/[^/]*$/, ''));

/** Which addresses belong to the source, and which are to be visited. */
export class Frontier {
  readonly #settings: WebSettings;
  readonly #robots: Robots;
  readonly #waiting: URL[] = [];
  readonly #known = new Set<string>();

  constructor(settings: WebSettings, robots: Robots) {
    this.#settings = settings;
    this.#robots = robots;
  }

  /** Adds an address that belongs to the source and was not added before. */
  add(url: URL): void {
    const { url: start } = this.#settings;
    url.hash = '';
    if (url.search === '') url.search = ''; // a lone question mark goes
    const isOurs = url.origin === start.origin && url.pathname.startsWith(scopeOf(start));
    if (!isOurs || this.#known.has(url.href) || !this.#robots.isAllowed(url)) return;
    this.#known.add(url.href);
    this.#waiting.push(url);
  }

  next(): URL | undefined {
    return this.#waiting.shift();
  }

  /** All that were ever added. */
  get size(): number {
    return this.#known.size;
  }
}

const locations = (xml: string): readonly URL[] =>
  [...xml.matchAll(/<loc>\s*(?:<!\[CDATA\[)?([^<\]]{1,2000})/gi)].flatMap(
    ([, text = '']) => URL.parse(text.trim().replaceAll('&amp;', '&')) ?? [],
  );

/** The pages that a sitemap lists, also by way of others. @throws Error when it can't be read */
async function readSitemaps(start: URL, fetchPage: FetchPage, signal: AbortSignal): Promise<readonly URL[]> {
  const waiting = [start];
  const pages: URL[] = [];
  for (let read = 0; read < sitemapsMax; read += 1) {
    const url = waiting.shift();
    if (url === undefined) break;
    const fetched = await fetchPage(url, undefined, signal);
    if (fetched.kind !== 'page') throw new Error(`The sitemap ${url.href} can't be read: check the address.`);
    const isIndex = /<sitemapindex[\s>]/i.test(fetched.text);
    const listed = locations(fetched.text).filter(({ origin }) => origin === start.origin);
    if (isIndex) waiting.push(...listed);
    else pages.push(...listed);
  }
  return pages;
}

/**
 * A site's robots.txt. One that is missing allows all; one that can't be reached forbids all, says RFC 9309
 * (section 2.3.1): then the sync fails and tells so.
 */
export async function readRobots(site: URL, fetchPage: FetchPage, signal: AbortSignal): Promise<Robots> {
  const url = new URL('/robots.txt', site);
  const fetched = await fetchPage(url, undefined, signal);
  if (fetched.kind === 'failed' && !/answered 4\d\d/.test(fetched.why)) {
    throw new Error(`${url.href} can't be read, and without it no page may be: ${fetched.why}`);
  }
  return parseRobots(fetched.kind === 'page' ? fetched.text : '', agentName);
}

/** Where to begin: the start page with what earlier syncs knew, or all that the sitemap lists. */
export async function openFrontier(
  settings: WebSettings,
  robots: Robots,
  earlier: Iterable<string>,
  fetchPage: FetchPage,
  signal: AbortSignal,
): Promise<Frontier> {
  const frontier = new Frontier(settings, robots);
  if (isSitemap(settings.url)) {
    for (const url of await readSitemaps(settings.url, fetchPage, signal)) frontier.add(url);
    return frontier;
  }
  frontier.add(new URL(settings.url));
  for (const href of earlier) frontier.add(new URL(href));
  return frontier;
}
