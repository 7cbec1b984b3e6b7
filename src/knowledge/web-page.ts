import { htmlToMarkdown, pageToMarkdown } from './html-to-markdown.ts';

/** What a page says, and where it leads. */
export type WebPage = {
  readonly title: string;
  readonly markdown: string;
  /** Such as `en`, as the page says it. */
  readonly locale: string | undefined;
  /** The address that the page wants to be known by. */
  readonly canonical: URL | undefined;
  /** False when the page asks not to be taken up. */
  readonly isIndexable: boolean;
  /** Absolute, without fragment. */
  readonly links: readonly URL[];
};

const linksMax = 2000;

const unescaped = (attribute: string): string =>
  attribute
    .replaceAll(/&(?:amp|#38|#x26);/gi, '&')
    .replaceAll(/&quot;/gi, '"')
    .trim();

/** `html` without what stands between these marks; in linear time, whatever the page holds. */
function without(html: string, open: string, close: string): string {
  const lower = html.toLowerCase();
  let kept = '';
  let from = 0;
  for (let start = lower.indexOf(open); start !== -1; start = lower.indexOf(open, from)) {
    kept += html.slice(from, start);
    const end = lower.indexOf(close, start);
    if (end === -1) return kept;
    from = end + close.length;
  }
  return kept + html.slice(from);
}

/** The attributes of a tag, by their names in lower case. */
function attributesOf(tag: string): ReadonlyMap<string, string> {
  const pairs = tag.matchAll(/([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi);
  return new Map(
    [...pairs].map(([, name = '', double, single, bare]) => [
      name.toLowerCase(),
      unescaped(double ?? single ?? bare ?? ''),
    ]),
  );
}

const tagsOf = (html: string, name: string): readonly ReadonlyMap<string, string>[] =>
  [...html.matchAll(new RegExp(`<${name}\\s[^>]{1,4000}>`, 'gi'))].map(([tag]) => attributesOf(tag));

function resolveLink(href: string | undefined, base: URL): URL | undefined {
  if (href === undefined || href === '') return undefined;
  const url = URL.parse(href, base.href);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  url.hash = '';
  return url;
}

/** Reads the HTML of the page at `url`. */
export function readWebPage(html: string, url: URL): WebPage {
  const seen = without(without(html, '<!--', '-->'), '<script', '</script>');
  const base = resolveLink(tagsOf(seen, 'base')[0]?.get('href'), url) ?? url;
  const robots = tagsOf(seen, 'meta').filter((meta) => /^(?:robots|sidenote)$/i.test(meta.get('name') ?? ''));
  const isUnfollowed = robots.some((meta) => /nofollow|none/i.test(meta.get('content') ?? ''));
  const links = isUnfollowed ? [] : tagsOf(seen, 'a').slice(0, linksMax);
  const canonical = tagsOf(seen, 'link').find((link) => /\bcanonical\b/i.test(link.get('rel') ?? ''));
  const markdown = pageToMarkdown(seen);
  const heading = /^#{1,2}\s+(.+?)(?:\s*\{#[^}]*\})?\s*$/m.exec(markdown)?.[1];
  const title = /<title[^>]*>([\s\S]{0,1000}?)<\/title>/i.exec(seen)?.[1];
  return {
    title: heading ?? (title === undefined ? url.pathname : htmlToMarkdown(title)),
    markdown,
    locale: tagsOf(seen.slice(0, 10_000), 'html')[0]?.get('lang') || undefined,
    canonical: resolveLink(canonical?.get('href'), base),
    isIndexable: !robots.some((meta) => /noindex|none/i.test(meta.get('content') ?? '')),
    links: links
      .filter((link) => !/\bnofollow\b/i.test(link.get('rel') ?? ''))
      .flatMap((link) => resolveLink(link.get('href'), base) ?? []),
  };
}
