/** Scripts that put no space between words, or glue particles to them: their pairs of letters stand for words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu;
/** `115.3.1` is one word, and so are `e-mail` and `add-on`, which people also write without the hyphen. */
const word = /\p{N}+(?:\.\p{N}+)+|(?<![\p{L}\p{N}-])\p{L}{1,3}-\p{L}+(?![\p{L}\p{M}\p{N}-])|[\p{L}\p{M}\p{N}]+/gu;
/** Longer ones are keys and encoded files. */
const wordCharsMax = 40;

/** `設定方法` as 設定, 定方, 方法. */
function pairsOf(run: string): readonly string[] {
  const letters = Array.from(run);
  return letters.length < 2 ? letters : letters.slice(1).map((letter, index) => `${letters[index] ?? ''}${letter}`);
}

/** The words of a text in order, in lower case and in one form of Unicode; pairs of letters where no spaces are written. */
export function wordsOf(text: string): readonly string[] {
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/(?<=\p{L})['’]s(?!\p{L})/gu, '');
  const words: string[] = [];
  for (const [match] of plain.matchAll(word)) {
    if (match.search(unspaced) === -1) {
      words.push(match.replace('-', '').slice(0, wordCharsMax));
      continue;
    }
    let end = 0;
    for (const run of match.matchAll(unspaced)) {
      if (run.index > end) words.push(match.slice(end, run.index));
      words.push(...pairsOf(run[0]));
      end = run.index + run[0].length;
    }
    if (end < match.length) words.push(match.slice(end));
  }
  return words;
}
