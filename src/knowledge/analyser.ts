import { languageFor } from './languages.ts';
import { wordsOf } from './words.ts';

/** Stems are remembered: a help centre says the same few thousand words over and over. */
const remembered = 20_000;
const combiningMarks = /\p{M}+/gu;

/**
 * The terms of a text in order, the form in which words are indexed and looked up: without stop words, stemmed, without
 * accents. `alsoStopped`: a language whose stop words go as well, such as the query's where the documents' differs.
 */
export type Analyse = (text: string, alsoStopped?: string) => readonly string[];

/** The analysis of texts in one language (ISO 639-1); `undefined` takes words as they are. */
export function createAnalyser(language: string | undefined): Analyse {
  const { stem, stopWords } = languageFor(language);
  const stems = new Map<string, string>();
  const termOf = (word: string): string => {
    const known = stems.get(word);
    if (known !== undefined) return known;
    const term = stem(word).normalize('NFD').replaceAll(combiningMarks, '').normalize('NFC') || word;
    if (stems.size >= remembered) stems.clear();
    stems.set(word, term);
    return term;
  };
  return (text, alsoStopped) => {
    const others = languageFor(alsoStopped).stopWords;
    return wordsOf(text)
      .filter((word) => !stopWords.has(word) && !others.has(word))
      .map(termOf);
  };
}
