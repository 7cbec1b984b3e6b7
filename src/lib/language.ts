/** Below this many letters a guess is worse than the conversation's language. */
const lettersMin = 12;

/**
 * The language of a text as ISO 639-1, or undefined when the text is too short or too mixed to tell.
 * The detector (eld) takes some 0.4 s and 100 MB to load, so it is loaded with the first call.
 */
export async function detectLanguage(text: string): Promise<string | undefined> {
  // Links, addresses and code are in no language.
  const prose = text.replaceAll(/https?:\/\/\S+|\S+@\S+|`[^`]*`/gu, ' ').slice(0, 2000);
  if ((prose.match(/\p{L}/gu) ?? []).length < lettersMin) return undefined;
  const { eld } = await import('eld/small');
  const detected = eld.detect(prose);
  return detected.isReliable() && detected.language !== '' ? detected.language : undefined;
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
