import { z } from 'zod';
import type { IndexLanguages, Knowledge } from '../knowledge/knowledge.ts';
import type { SearchQuery } from '../knowledge/search.ts';
import { isSameLanguage, languageName } from '../lib/language.ts';
import { answerJson } from '../llm/decide.ts';
import { searchQueryPrompt } from '../llm/search-query.ts';
import type { Inquiry } from './inquiry.ts';
import type { Trace } from './trace.ts';
import { callFor, withoutTrouble, type WritingDeps } from './writing.ts';

/** A language is one of the sources' from this share of their documents on: single pages may be stray, or misjudged. */
const shareMin = 0.05;

/**
 * The language to search in, as ISO 639-1, where a contact writes in none that the sources are in: theirs that most
 * documents have. Undefined where the contact's own words find what there is.
 */
export function languageToSearchIn(asked: string | undefined, languages: IndexLanguages): string | undefined {
  if (asked === undefined) return undefined;
  const all = [...languages.values()].reduce((sum, documents) => sum + documents, 0);
  const known = [...languages]
    .filter(([, documents]) => documents >= all * shareMin)
    .toSorted(([, one], [, other]) => other - one)
    .flatMap(([language]) => language ?? []);
  return known.some((language) => isSameLanguage(language, asked)) ? undefined : known[0];
}

const Answer = z.strictObject({ query: z.string() });
const queryCharsMax = 1000;
const outputTokensMax = 160;

/**
 * What to search for, in the sources' language, where the contact's is another and search is by words alone: one short
 * call. Undefined where there is no need, or the model gave nothing: then the contact's own words have to do.
 * @throws ModelError when stopped; DatabaseAway
 */
export async function translateQuery(
  inquiry: Inquiry,
  { knowledge, model, lane }: Pick<WritingDeps, 'model' | 'lane'> & { readonly knowledge: Knowledge },
  trace: Trace,
  signal: AbortSignal,
): Promise<SearchQuery | undefined> {
  const language = languageToSearchIn(inquiry.language, await knowledge.languagesOfWords());
  const name = language === undefined ? undefined : languageName(language);
  if (language === undefined || name === undefined) return undefined;
  const text = inquiry.open.map((part) => part.text).join('\n\n');
  const messages = searchQueryPrompt({ ...inquiry, text }, name);
  const question = { name: 'search-query', messages, schema: Answer, outputTokensMax };
  const answer = await withoutTrouble(
    async () => await answerJson(model, question, callFor({ inquiry }, { lane }, signal)),
    (reason) => void (trace.translation = { failed: reason }),
  );
  if (answer === undefined) return undefined;
  const query = answer.value.query.trim().slice(0, queryCharsMax);
  trace.translation = query === '' ? { failed: 'The model gave an empty one.' } : { language, query };
  return query === '' ? undefined : { text: query, language };
}
