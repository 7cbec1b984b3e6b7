import type { SimulatedArticle, SimulatedInternalArticle, SimulatedMacro, Translation } from './library.ts';

/** Articles, internal articles and macros in Intercom's wire shapes, version 2.16. */

const helpCentre = 'https://help.lumenkayak.example/';
const authorId = 7_100_002;
const defaultLocale = 'en';

const urlOf = (locale: string, id: string, state: string): string | null =>
  state === 'published' ? `${helpCentre}${locale}/articles/${id}` : null;

const availability = {
  ai_chatbot_availability: true,
  ai_copilot_availability: true,
  ai_sales_agent_availability: false,
};

export function articleOnWire(article: SimulatedArticle, appId: string) {
  const { id, title, html, state, createdAt, updatedAt } = article;
  return {
    type: 'article',
    id,
    workspace_id: appId,
    title,
    description: null,
    body: html,
    author_id: authorId,
    state,
    created_at: createdAt,
    updated_at: updatedAt,
    url: urlOf(defaultLocale, id, state),
    parent_ids: [],
    ...availability,
    help_center_audience: article.audience,
    default_locale: defaultLocale,
    translated_content: translationsOnWire(article),
  };
}

/** Every language that was written has an entry, the default one too; the others are null. */
function translationsOnWire(article: SimulatedArticle): Readonly<Record<string, unknown>> {
  const { title, html, translations } = article;
  const written = [{ locale: defaultLocale, title, html }, ...translations];
  const entries = new Map<string, unknown>(written.map((one) => [one.locale, contentOnWire(article, one)]));
  return { type: 'article_translated_content', fr: null, ...Object.fromEntries(entries) };
}

function contentOnWire({ id, state, createdAt, updatedAt }: SimulatedArticle, { locale, title, html }: Translation) {
  return {
    type: 'article_content',
    title,
    description: '',
    body: html,
    author_id: authorId,
    state,
    created_at: createdAt,
    updated_at: updatedAt,
    url: urlOf(locale, id, state) ?? '',
  };
}

export function internalArticleOnWire({ id, title, html, updatedAt }: SimulatedInternalArticle) {
  const people = { author_id: authorId, owner_id: authorId };
  const times = { created_at: updatedAt, updated_at: updatedAt };
  return {
    type: 'internal_article',
    id,
    title,
    body: html,
    locale: defaultLocale,
    ...people,
    ...times,
    ...availability,
  };
}

export function macroOnWire({ id, name, html, updatedAt }: SimulatedMacro) {
  const at = new Date(updatedAt * 1000).toISOString();
  return {
    type: 'macro',
    id,
    name,
    body: html,
    body_text: html.replaceAll(/<[^>]*>/g, ''),
    created_at: at,
    updated_at: at,
    visible_to: 'everyone',
    visible_to_team_ids: [],
    available_on: ['inbox', 'messenger'],
  };
}
