import type { Passage } from '../domain/passage.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { FoundPassage, SearchQuery } from '../knowledge/search.ts';
import type { Inquiry } from './inquiry.ts';
import type { Trace } from './trace.ts';
import { translateQuery } from './translate-query.ts';
import type { WritingDeps } from './writing.ts';

/** What the sources say about an inquiry. */
export type Grounds = {
  /** For everybody, best first: a draft stands on these, and no others come near the model. */
  readonly passages: readonly Passage[];
  /** For teammates only, best first: a note names them, by code. What the model does not read it can't repeat to a contact. */
  readonly internal: readonly Passage[];
};

/** Few passages: what is not about the question distracts small models more than it helps. */
const passagesMax = 6;
const internalMax = 2;
const searchLimit = 16;
const searchLimitOfSome = 100;

export type RetrieveDeps = Pick<WritingDeps, 'model' | 'lane'> & {
  readonly knowledge: Knowledge;
  /** Names of the sources that count; undefined: all do. */
  readonly sources: readonly string[] | undefined;
};

/**
 * Finds what the sources say, by the newest message and what came before; translated where the sources are in other
 * languages than the contact's. @throws DatabaseAway; ModelError when stopped
 */
export async function retrieve(
  inquiry: Inquiry,
  deps: RetrieveDeps,
  trace: Trace,
  signal: AbortSignal,
): Promise<Grounds> {
  const { knowledge, sources } = deps;
  const query = (await translateQuery(inquiry, deps, trace, signal)) ?? queryOf(inquiry);
  const limit = sources === undefined ? searchLimit : searchLimitOfSome;
  const retrieval = await knowledge.retrieve({ ...query, limit }, signal);
  const { doneWithout = [] } = retrieval;
  if (doneWithout.length > 0) trace.searchedWithout = doneWithout;
  const counts = ({ passage }: FoundPassage): boolean =>
    sources === undefined || sources.some((name) => passage.documentId.startsWith(`${name}:`));
  const passages = retrieval.passages.filter(counts);
  const forEverybody = passages.filter(({ passage }) => passage.audience === 'public').slice(0, passagesMax);
  const internal = passages.filter(({ passage }) => passage.audience === 'internal').slice(0, internalMax);
  trace.passages = [...forEverybody, ...internal].map(traced);
  return { passages: forEverybody.map(({ passage }) => passage), internal: internal.map(({ passage }) => passage) };
}

const queryOf = ({ open, subject, earlier, language }: Inquiry): SearchQuery => ({
  text: open.map((part) => part.text).join('\n\n'),
  earlier,
  ...(subject === undefined ? {} : { title: subject }),
  ...(language === undefined ? {} : { language }),
});

const traced = ({ passage: { id, title, headingPath, audience }, score, explain }: FoundPassage) => ({
  id,
  heading: [title, ...headingPath].join(' > '),
  audience,
  score,
  explain,
});
