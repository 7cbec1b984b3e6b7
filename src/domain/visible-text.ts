/** Letters of Arabic, Indic and other scripts that are written with joiners. */
const joined = String.raw`[[\p{L}\p{M}]--[\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}]]`;

/** A joiner between two such letters or two emoji, and what shows an emoji in colour. */
const useful = [
  String.raw`(?<=${joined})[\u200C\u200D](?=${joined})`,
  String.raw`(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D(?=\p{Extended_Pictographic})`,
  String.raw`(?<=[\p{Extended_Pictographic}\d#*])\uFE0F`,
].join('|');

/** Control and format characters (zero-width, bidirectional, Unicode tags), variation selectors, fillers. */
const unseen = String.raw`[[\p{Cc}\p{Cf}\p{Variation_Selector}\u034F\u115F\u1160\u17B4\u17B5\u3164\uFFA0]--[\t\n]]`;

const usefulOrUnseen = new RegExp(`(${useful})|${unseen}`, 'gv');

/**
 * The text as a person sees it. In characters that show nothing, words can be hidden from a person and not from a model;
 * they are taken out, but for tabs, line feeds, and the joiners that emoji and some scripts are written with. Line ends
 * of any kind become line feeds. Doing it twice changes nothing.
 */
export function visibleText(text: string): string {
  let before = text.toWellFormed().replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, '\n');
  let after = removeOnce(before);
  // Taking one character out may bring two others together.
  while (after !== before) [before, after] = [after, removeOnce(after)];
  return after;
}

const removeOnce = (text: string): string =>
  text.replaceAll(usefulOrUnseen, (_found, kept: string | undefined) => kept ?? '');
