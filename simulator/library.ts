import { articleOnWire } from './serialise-library.ts';
import type { Webhooks } from './webhooks.ts';
import { NotFound } from './workspace.ts';

/** One language of an article beside its main one. */
export type Translation = { readonly locale: string; readonly title: string; readonly html: string };

/** An article as somebody writes it. Without an `id` it is a new one. */
export type NewArticle = {
  readonly id?: string | undefined;
  readonly title: string;
  readonly html: string;
  /** Default `published`. */
  readonly state?: 'published' | 'draft' | undefined;
  /** Default `everyone`. */
  readonly audience?: string | undefined;
  readonly translations?: readonly Translation[] | undefined;
};
export type NewInternalArticle = { readonly id?: string | undefined; readonly title: string; readonly html: string };
export type NewMacro = { readonly id?: string | undefined; readonly name: string; readonly html: string };

/** Times are Unix seconds. */
export type SimulatedArticle = {
  readonly id: string;
  readonly title: string;
  readonly html: string;
  readonly state: 'published' | 'draft';
  readonly audience: string;
  readonly translations: readonly Translation[];
  readonly createdAt: number;
  readonly updatedAt: number;
};
type Kept = { readonly id: string; readonly updatedAt: number };
export type SimulatedInternalArticle = Kept & { readonly title: string; readonly html: string };
export type SimulatedMacro = Kept & { readonly name: string; readonly html: string };

export type LibrarySettings = {
  readonly appId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly webhooks: Webhooks;
};

/** What a team keeps to be read: articles, internal articles and saved replies. Only articles have webhooks. */
export class Library {
  readonly #settings: LibrarySettings;
  readonly #articles = new Map<string, SimulatedArticle>();
  readonly #internalArticles = new Map<string, SimulatedInternalArticle>();
  readonly #macros = new Map<string, SimulatedMacro>();
  #nextId = 9001;

  constructor(settings: LibrarySettings) {
    this.#settings = settings;
  }

  /** Newest change first, as the API lists them. */
  articles(): readonly SimulatedArticle[] {
    return newestFirst(this.#articles);
  }

  internalArticles(): readonly SimulatedInternalArticle[] {
    return newestFirst(this.#internalArticles);
  }

  macros(): readonly SimulatedMacro[] {
    return newestFirst(this.#macros);
  }

  /** @throws NotFound */
  article(id: string): SimulatedArticle {
    const article = this.#articles.get(id);
    if (article === undefined) throw new NotFound(`No article ${id}.`);
    return article;
  }

  /** Writes a new article or changes one, with the webhooks of that unless `notify` is false. @returns its id */
  writeArticle(input: NewArticle, { notify = true }: { readonly notify?: boolean } = {}): string {
    const before = input.id === undefined ? undefined : this.#articles.get(input.id);
    const now = this.#nowSeconds();
    const article: SimulatedArticle = {
      id: input.id ?? this.#newId(),
      title: input.title,
      html: input.html,
      state: input.state ?? 'published',
      audience: input.audience ?? 'everyone',
      translations: input.translations ?? [],
      createdAt: before?.createdAt ?? now,
      updatedAt: now,
    };
    this.#articles.set(article.id, article);
    if (notify) this.#announce(article, before);
    return article.id;
  }

  /** @throws NotFound */
  deleteArticle(id: string, { notify = true }: { readonly notify?: boolean } = {}): void {
    this.article(id);
    this.#articles.delete(id);
    if (notify) this.#settings.webhooks.notify('article.deleted', { type: 'article', id, deleted: true });
  }

  writeInternalArticle(input: NewInternalArticle): string {
    const id = input.id ?? this.#newId();
    this.#internalArticles.set(id, { ...input, id, updatedAt: this.#nowSeconds() });
    return id;
  }

  deleteInternalArticle(id: string): void {
    this.#internalArticles.delete(id);
  }

  writeMacro(input: NewMacro): string {
    const id = input.id ?? this.#newId();
    this.#macros.set(id, { ...input, id, updatedAt: this.#nowSeconds() });
    return id;
  }

  #announce(article: SimulatedArticle, before: SimulatedArticle | undefined): void {
    const { webhooks, appId } = this.#settings;
    const item = articleOnWire(article, appId);
    const wasPublished = before?.state === 'published';
    const isPublished = article.state === 'published';
    if (before === undefined) webhooks.notify('article.created', item);
    else if (wasPublished === isPublished) webhooks.notify('article.updated', item);
    if (!wasPublished && isPublished) webhooks.notify('article.published', item);
    if (wasPublished && !isPublished) webhooks.notify('article.unpublished', item);
  }

  #newId(): string {
    this.#nextId += 1;
    return String(this.#nextId);
  }

  #nowSeconds(): number {
    return Math.floor(this.#settings.now() / 1000);
  }
}

const newestFirst = <Entry extends { readonly updatedAt: number }>(entries: ReadonlyMap<string, Entry>): Entry[] =>
  [...entries.values()].toSorted((a, b) => b.updatedAt - a.updatedAt);
