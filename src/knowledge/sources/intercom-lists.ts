import type { SourceSettings } from '../../domain/source-settings.ts';
import type { IntercomClient } from '../../intercom/client.ts';
import type { InternalArticle, Macro } from '../../intercom/knowledge-schema.ts';
import { htmlToMarkdown } from '../html-to-markdown.ts';
import type { ReadEvent, ReadItem, ReadOptions, Source } from '../source.ts';

function readInternalArticle({ id, title, html, locale, updatedAt }: InternalArticle): ReadItem {
  const markdown = htmlToMarkdown(html);
  const document = { externalId: id, kind: 'internal-article', title, url: undefined, locale } as const;
  const documents = [{ ...document, audience: 'internal' as const, markdown, updatedAt }];
  return { kind: 'read', itemId: id, validator: undefined, documents };
}

async function* readInternalArticles(intercom: IntercomClient, { signal }: ReadOptions): AsyncIterable<ReadEvent> {
  for (let next: number | undefined = 1; next !== undefined;) {
    const page = await intercom.internalArticles(next, signal);
    if (page.total !== undefined) yield { kind: 'expected', items: page.total };
    for (const article of page.items) yield readInternalArticle(article);
    for (const itemId of page.unreadable) {
      yield { kind: 'broken', itemId, why: 'Intercom’s answer is not an internal article as its API describes it.' };
    }
    next = page.next;
  }
}

/** Articles that only teammates may read: they inform, and are never quoted to a contact. */
export const createInternalArticles = (
  intercom: IntercomClient,
  settings: Extract<SourceSettings, { type: 'internal-articles' }>,
): Source => ({ settings, read: (options) => readInternalArticles(intercom, options) });

function readMacro({ id, title, html, updatedAt }: Macro): ReadItem {
  const markdown = htmlToMarkdown(html);
  const document = { externalId: id, kind: 'macro', title, url: undefined, locale: undefined } as const;
  const documents = [{ ...document, audience: 'public' as const, markdown, updatedAt }];
  return { kind: 'read', itemId: id, validator: undefined, documents };
}

async function* readMacros(intercom: IntercomClient, { signal }: ReadOptions): AsyncIterable<ReadEvent> {
  let next: string | undefined;
  do {
    const page = await intercom.macros(next, signal);
    for (const macro of page.items) yield readMacro(macro);
    for (const itemId of page.unreadable) {
      yield { kind: 'broken', itemId, why: 'Intercom’s answer is not a macro as its API describes it.' };
    }
    next = page.next;
  } while (next !== undefined);
}

/** Saved replies: they were written to be sent to contacts, so they may be quoted. */
export const createMacros = (
  intercom: IntercomClient,
  settings: Extract<SourceSettings, { type: 'macros' }>,
): Source => ({ settings, read: (options) => readMacros(intercom, options) });
