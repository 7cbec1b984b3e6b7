/** How an answer has gone wrong that will not end well any more. */
export type RunAway = 'blanks' | 'repetition';

export type RunAwayDetector = {
  /** Takes the next piece of a text; says so once the text has run away. */
  push(piece: string): RunAway | undefined;
};

export type RunAwayOptions = {
  readonly isJson: boolean;
  /** Whether the prompt holds these words: a log or a table that a contact pasted may be repeated as it stands there. */
  readonly isQuoted?: (words: string) => boolean;
};

/** Grammars that allow blanks between the tokens of JSON let some models write nothing else. */
const jsonBlanksMax = 64;
/** In prose: more than any indentation or table needs. */
const proseBlanksMax = 400;

/** A loop of words is one after so many rounds, but not before so many characters: a long number has many zeros. */
const roundsMin = 12;
const loopCharsMin = 240;
/** Lines of dashes, dots and bars are drawn on purpose, up to this many characters. */
const markCharsMin = 400;
/** The longest loop that is looked for, some twenty words. */
const loopPeriodMax = 120;

const tailCharsMax = loopPeriodMax * roundsMin;
/** How much of a loop is compared with the prompt. */
const keptCharsMax = 16_000;
/** How much new text is worth another look. */
const lookEveryChars = 32;

/**
 * Watches a text for what numeric overflow, a broken quantisation, or a wrong chat template does to a model: the same
 * again and again, or blanks without end, until the tokens are used up. See
 * https://github.com/vllm-project/vllm/issues/14126 and https://github.com/vllm-project/vllm/issues/38696.
 */
export function createRunAwayDetector(options: RunAwayOptions): RunAwayDetector {
  const { isQuoted = () => false } = options;
  const blanksMax = options.isJson ? jsonBlanksMax : proseBlanksMax;
  let text = '';
  let blanks = 0;
  let unseenChars = 0;

  return {
    push(piece) {
      const rest = piece.trimEnd();
      blanks = rest === '' ? blanks + piece.length : piece.length - rest.length;
      if (blanks >= blanksMax) return 'blanks';
      text = (text + piece).slice(-keptCharsMax);
      unseenChars += piece.length;
      if (unseenChars < lookEveryChars) return undefined;
      unseenChars = 0;
      const period = loopPeriod(text.slice(-tailCharsMax));
      return period === undefined || isQuoted(allRounds(text, period)) ? undefined : 'repetition';
    },
  };
}

/** The length of the words, or the mark, that the end of a text repeats again and again. */
function loopPeriod(text: string): number | undefined {
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
    if (period <= loopPeriodMax && chars >= period * roundsMin && chars >= charsMin(text.slice(-period))) return period;
  }
  return undefined;
}

/** The longest ending of a text that repeats itself every `period` characters. */
function allRounds(text: string, period: number): string {
  let from = text.length - period;
  while (from > 0 && text[from - 1] === text[from - 1 + period]) from -= 1;
  return text.slice(from);
}

function charsMin(loop: string): number {
  if (loop.trim() === '') return Number.POSITIVE_INFINITY; // blanks are counted on their own
  return /[\p{L}\p{N}]/u.test(loop) ? loopCharsMin : markCharsMin;
}
