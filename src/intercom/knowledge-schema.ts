import { z } from 'zod';
import { WireId, WireText, WireTime } from './wire.ts';

/**
 * What Intercom keeps for people to read, as far as we use it; read as leniently as conversations are. Written from
 * Intercom's description, API 2.16.
 */

/** One language of an article. */
export type ArticleContent = {
  /** Such as `en` or `pt-BR`; undefined where the help centre has one language and does not name it. */
  readonly locale: string | undefined;
  readonly title: string;
  readonly html: string;
  readonly url: string | undefined;
  readonly isPublished: boolean;
  /** Unix seconds. */
  readonly updatedAt: number | undefined;
};

/** An article of the Help Center, with all its languages. */
export type HelpArticle = {
  readonly id: string;
  /** Not every visitor of the Help Center may see it. */
  readonly isRestricted: boolean;
  readonly contents: readonly ArticleContent[];
};

export type InternalArticle = {
  readonly id: string;
  readonly title: string;
  readonly html: string;
  readonly locale: string | undefined;
  /** Unix seconds. */
  readonly updatedAt: number | undefined;
};

/** A saved reply. Placeholders are filled with their default, or named in braces. */
export type Macro = {
  readonly id: string;
  readonly title: string;
  readonly html: string;
  /** Unix seconds. */
  readonly updatedAt: number | undefined;
};

/** A page of a list. `unreadable`: the ids of entries that are not what the API describes, where they have one. */
export type Page<Item, Next> = {
  readonly items: readonly Item[];
  readonly unreadable: readonly string[];
  /** What to ask for next; undefined at the end. */
  readonly next: Next | undefined;
  /** Of the whole list, where the API says it. */
  readonly total: number | undefined;
};

const optionalTime = WireTime.nullish().catch(undefined);

const WireContent = z.object({
  title: WireText,
  body: WireText,
  state: WireText,
  url: WireText,
  updated_at: optionalTime,
});

const WireArticle = WireContent.extend({
  id: WireId,
  default_locale: WireText,
  help_center_audience: WireText,
  translated_content: z.record(z.string(), z.unknown()).nullish().catch(undefined),
});

const WireInternalArticle = z.object({
  id: WireId,
  title: WireText,
  body: WireText,
  locale: WireText,
  updated_at: optionalTime,
});

const WireMacro = z.object({ id: WireId, name: WireText, body: WireText, updated_at: WireText });

function toContent(locale: string | undefined, wire: z.infer<typeof WireContent>): ArticleContent {
  return {
    locale,
    title: wire.title ?? '',
    html: wire.body ?? '',
    url: wire.url ?? undefined,
    isPublished: wire.state === 'published',
    updatedAt: wire.updated_at ?? undefined,
  };
}

const toArticle = (wire: z.infer<typeof WireArticle>): HelpArticle => {
  const mainLocale = wire.default_locale ?? undefined;
  const contents = new Map([[mainLocale, toContent(mainLocale, wire)]]);
  for (const [locale, raw] of Object.entries(wire.translated_content ?? {})) {
    // Beside the locales stands a `type`, and null for each language that was never written.
    const content = WireContent.safeParse(raw);
    if (content.success) contents.set(locale, toContent(locale, content.data));
  }
  const audience = wire.help_center_audience ?? 'everyone';
  return { id: wire.id, isRestricted: audience !== 'everyone', contents: [...contents.values()] };
};

const toInternalArticle = (wire: z.infer<typeof WireInternalArticle>): InternalArticle => ({
  id: wire.id,
  title: wire.title ?? '',
  html: wire.body ?? '',
  locale: wire.locale ?? undefined,
  updatedAt: wire.updated_at ?? undefined,
});

/** `<attribute key="user.name" default="there"/>` in a macro's body. */
const placeholder = /<attribute\s([^>]*?)\/?>(?:\s*<\/attribute>)?/g;
const placeholderPart = (attributes: string, name: string): string | undefined =>
  new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];

const fillPlaceholders = (html: string): string =>
  html.replaceAll(placeholder, (_match, attributes: string) => {
    const filler = placeholderPart(attributes, 'default');
    return filler ?? `{${placeholderPart(attributes, 'key') ?? 'value'}}`;
  });

function toMacro(wire: z.infer<typeof WireMacro>): Macro {
  const updatedMs = Date.parse(wire.updated_at ?? '');
  return {
    id: wire.id,
    title: wire.name ?? '',
    html: fillPlaceholders(wire.body ?? ''),
    updatedAt: Number.isNaN(updatedMs) ? undefined : Math.floor(updatedMs / 1000),
  };
}

const WireList = z.object({
  data: z.array(z.unknown()),
  total_count: z.number().nullish().catch(undefined),
  pages: z
    .object({
      page: z.number().nullish().catch(undefined),
      total_pages: z.number().nullish().catch(undefined),
      next: z.object({ starting_after: z.string().nullish() }).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
});

const IdOnly = z.object({ id: WireId });

function toPage<Wire, Item, Next>(
  json: unknown,
  schema: z.ZodType<Wire>,
  toItem: (wire: Wire) => Item,
  nextOf: (pages: z.infer<typeof WireList>['pages']) => Next | undefined,
): Page<Item, Next> {
  const { data, pages, total_count: total } = WireList.parse(json);
  const items: Item[] = [];
  const unreadable: string[] = [];
  for (const raw of data) {
    const parsed = schema.safeParse(raw);
    if (parsed.success) items.push(toItem(parsed.data));
    else unreadable.push(IdOnly.safeParse(raw).data?.id ?? 'one without an id');
  }
  return { items, unreadable, next: nextOf(pages), total: total ?? undefined };
}

const nextNumber = (pages: z.infer<typeof WireList>['pages']): number | undefined => {
  const page = pages?.page ?? 1;
  return page < (pages?.total_pages ?? 1) ? page + 1 : undefined;
};

/** An answer of `GET /articles`. @throws z.ZodError */
export const parseArticlePage = (json: unknown): Page<HelpArticle, number> =>
  toPage(json, WireArticle, toArticle, nextNumber);

/** An answer of `GET /articles/{id}`. @throws z.ZodError */
export const parseArticle = (json: unknown): HelpArticle => toArticle(WireArticle.parse(json));

/** An answer of `GET /internal_articles`. @throws z.ZodError */
export const parseInternalArticlePage = (json: unknown): Page<InternalArticle, number> =>
  toPage(json, WireInternalArticle, toInternalArticle, nextNumber);

/** An answer of `GET /macros`. @throws z.ZodError */
export const parseMacroPage = (json: unknown): Page<Macro, string> =>
  toPage(json, WireMacro, toMacro, (pages) => pages?.next?.starting_after ?? undefined);
