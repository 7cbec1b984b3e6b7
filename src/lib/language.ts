/** Below this many letters a guess is worse than the conversation's language. */
const lettersMin = 12;

/** Scripts that one language is written in, so that a word tells it. */
const scripts: readonly (readonly [script: RegExp, language: string])[] = [
  [/\p{Script=Hangul}/gu, 'ko'],
  [/\p{Script=Thai}/gu, 'th'],
  [/\p{Script=Greek}/gu, 'el'],
  [/\p{Script=Hebrew}/gu, 'he'],
  [/\p{Script=Georgian}/gu, 'ka'],
  [/\p{Script=Armenian}/gu, 'hy'],
];
/** The rest may be product names. */
const scriptShareMin = 0.3;
const kana = /[\p{Script=Hiragana}\p{Script=Katakana}]/gu;
const kanaOrHan = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/gu;
/** Of a Japanese text's letters that are kana or Han. Chinese writes no kana. */
const kanaShareMin = 0.1;

/** ISO 639-1. `isSure` is false where the text is too short or too mixed to rely on it. */
type LanguageGuess = { readonly language: string; readonly isSure: boolean };

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** The language that is known by its script alone. */
function languageByScript(text: string, letters: number): string | undefined {
  const isWritten = (script: RegExp): boolean => count(text, script) >= letters * scriptShareMin;
  if (isWritten(kanaOrHan)) return count(text, kana) >= count(text, kanaOrHan) * kanaShareMin ? 'ja' : 'zh';
  return scripts.find(([script]) => isWritten(script))?.[1];
}

/** The detector takes some 0.4 s and 150 MB to load, so it is loaded with the first text that needs it, or by this. */
export const loadLanguageDetector = async () => (await import('eld/small')).eld;

/** The language that a text most likely is in; undefined without letters. */
export async function guessLanguage(text: string): Promise<LanguageGuess | undefined> {
  // Links, addresses and code are in no language.
  const prose = text.replaceAll(/https?:\/\/\S+|\S+@\S+|`[^`]*`/gu, ' ').slice(0, 2000);
  const letters = count(prose, /\p{L}/gu);
  if (letters === 0) return undefined;
  const written = languageByScript(prose, letters);
  if (written !== undefined) return { language: written, isSure: true };
  const eld = await loadLanguageDetector();
  const detected = eld.detect(prose);
  if (detected.language === '') return undefined;
  return { language: detected.language, isSure: letters >= lettersMin && detected.isReliable() };
}

/** The language of a text as ISO 639-1, or undefined when the text is too short or too mixed to tell. */
export async function detectLanguage(text: string): Promise<string | undefined> {
  const guess = await guessLanguage(text);
  return guess?.isSure === true ? guess.language : undefined;
}

const englishNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** The English name of an ISO 639-1 language, such as "German"; undefined when it has none. */
export function languageName(code: string): string | undefined {
  return englishNames.of(code);
}

/** Codes for what is one written language to a reader. */
const twins: ReadonlyMap<string, string> = new Map([
  ['nb', 'no'],
  ['nn', 'no'],
]);

/** Whether two ISO 639-1 codes mean the same language. */
export const isSameLanguage = (one: string, other: string): boolean =>
  (twins.get(one) ?? one) === (twins.get(other) ?? other);
