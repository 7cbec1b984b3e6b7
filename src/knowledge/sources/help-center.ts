import type { HelpCenterSettings } from '../../domain/source-settings.ts';
import type { IntercomClient } from '../../intercom/client.ts';
import { IntercomError } from '../../intercom/errors.ts';
import type { ArticleContent, HelpArticle } from '../../intercom/knowledge-schema.ts';
import { htmlToMarkdown } from '../html-to-markdown.ts';
import type { ReadDocument, ReadEvent, ReadItem, ReadOptions, Source } from '../source.ts';

/** `en` stands for `en` alone and `pt` for `pt-BR` too: a team names languages, Intercom locales. */
const isWanted = (languages: readonly string[], locale: string | undefined): boolean =>
  languages.length === 0 ||
  locale === undefined ||
  languages.some((language) => locale.toLowerCase().split('-')[0] === language.toLowerCase() || locale === language);

function toDocument(article: HelpArticle, content: ArticleContent, settings: HelpCenterSettings): ReadDocument {
  const { locale, title, html, url, updatedAt } = content;
  const audience = article.isRestricted && settings.restricted === 'internal' ? 'internal' : 'public';
  return {
    externalId: locale === undefined ? article.id : `${article.id}/${locale}`,
    kind: 'article',
    title,
    url,
    locale,
    audience,
    markdown: htmlToMarkdown(html),
    updatedAt,
  };
}

/** The published languages of an article that the team wants. */
function readArticle(article: HelpArticle, settings: HelpCenterSettings): ReadItem {
  const isSkipped = article.isRestricted && settings.restricted === 'skip';
  const contents = article.contents.filter(
    ({ isPublished, locale }) => isPublished && isWanted(settings.languages, locale),
  );
  const documents = isSkipped ? [] : contents.map((content) => toDocument(article, content, settings));
  return { kind: 'read', itemId: article.id, validator: undefined, documents };
}

const notAnArticle = 'Intercom’s answer is not an article as its API describes it.';

async function* read(
  intercom: IntercomClient,
  settings: HelpCenterSettings,
  { signal }: ReadOptions,
): AsyncIterable<ReadEvent> {
  for (let next: number | undefined = 1; next !== undefined;) {
    const page = await intercom.articles(next, signal);
    if (page.total !== undefined) yield { kind: 'expected', items: page.total };
    for (const article of page.items) yield readArticle(article, settings);
    for (const itemId of page.unreadable) yield { kind: 'broken', itemId, why: notAnArticle };
    next = page.next;
  }
}

/** The published articles of Intercom's Help Center. A list gives their bodies too, so each pass reads all. */
export const createHelpCenter = (intercom: IntercomClient, settings: HelpCenterSettings): Source => ({
  settings,
  read: (options) => read(intercom, settings, options),
  readOne: async (itemId, signal) => {
    try {
      return readArticle(await intercom.article(itemId, signal), settings);
    } catch (error) {
      if (!(error instanceof IntercomError) || error.kind !== 'gone') throw error;
      return { kind: 'read', itemId, validator: undefined, documents: [] };
    }
  },
});
