/** How an answer has gone wrong that will not end well any more. */
export type RunAway = 'blanks' | 'repetition';

export type RunAwayDetector = {
  /** Takes the next piece of a text; says so once the text has run away. */
  push(piece: string): RunAway | undefined;
};

/** Grammars that allow blanks between the tokens of JSON let some models write nothing else. */
const jsonBlanksMax = 64;
/** In prose: more than any indentation or table needs. */
const proseBlanksMax = 400;

/** A loop of words is one after so many rounds, but not before so many characters: a long number has many zeros. */
const roundsMin = 12;
const loopCharsMin = 60;
/** Lines of dashes, dots and bars are drawn on purpose, up to this many characters. */
const markCharsMin = 400;
/** The longest loop that is looked for, some twenty words. */
const loopPeriodMax = 120;

const tailCharsMax = loopPeriodMax * roundsMin;
/** How much new text is worth another look. */
const lookEveryChars = 32;

/**
 * Watches a text for what numeric overflow, a broken quantisation, or a wrong chat template does to a model: the same
 * again and again, or blanks without end, until the tokens are used up. See
 * https://github.com/vllm-project/vllm/issues/14126 and https://github.com/vllm-project/vllm/issues/38696.
 */
export function createRunAwayDetector(options: { readonly isJson: boolean }): RunAwayDetector {
  const blanksMax = options.isJson ? jsonBlanksMax : proseBlanksMax;
  let tail = '';
  let blanks = 0;
  let unseenChars = 0;

  return {
    push(piece) {
      const rest = piece.trimEnd();
      blanks = rest === '' ? blanks + piece.length : piece.length - rest.length;
      if (blanks >= blanksMax) return 'blanks';
      tail = (tail + piece).slice(-tailCharsMax);
      unseenChars += piece.length;
      if (unseenChars < lookEveryChars) return undefined;
      unseenChars = 0;
      return isLoop(tail) ? 'repetition' : undefined;
    },
  };
}

/** Whether the end of a text is the same few words, or the same mark, again and again. */
function isLoop(text: string): boolean {
  // The shortest period of every ending of the text, by the prefix function of the text read backwards.
  const last = text.length - 1;
  const borders = new Uint16Array(text.length);
  for (let at = 1; at < text.length; at += 1) {
    let border = borders[at - 1] ?? 0;
    while (border > 0 && text[last - at] !== text[last - border]) border = borders[border - 1] ?? 0;
    if (text[last - at] === text[last - border]) border += 1;
    borders[at] = border;
    const chars = at + 1;
    const period = chars - border;
    if (period <= loopPeriodMax && chars >= period * roundsMin && chars >= charsMin(text.slice(-period))) return true;
  }
  return false;
}

function charsMin(loop: string): number {
  if (loop.trim() === '') return Number.POSITIVE_INFINITY; // blanks are counted on their own
  return /[\p{L}\p{N}]/u.test(loop) ? loopCharsMin : markCharsMin;
}
