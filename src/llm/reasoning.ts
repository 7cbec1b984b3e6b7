/** The marks that chat templates give their models: of most, of Mistral's, and of Cohere's. */
const marks = [
  { opening: '<think>', closing: '</think>' },
  { opening: '[THINK]', closing: '[/THINK]' },
  { opening: '<|START_THINKING|>', closing: '<|END_THINKING|>' },
] as const;

const closingCharsMax = Math.max(...marks.map(({ closing }) => closing.length));

/** The first closing mark in a text. */
function firstClosing(text: string): { readonly at: number; readonly end: number } | undefined {
  const found = marks.flatMap(({ closing }) => {
    const at = text.indexOf(closing);
    return at === -1 ? [] : [{ at, end: at + closing.length }];
  });
  return found.toSorted((one, other) => one.at - other.at)[0];
}

/** Where the last closing mark ends; 0 without one. */
const lastClosingEnd = (text: string): number =>
  Math.max(0, ...marks.map(({ closing }) => (text.includes(closing) ? text.lastIndexOf(closing) + closing.length : 0)));

const openingOf = (text: string): string | undefined => marks.find(({ opening }) => text.startsWith(opening))?.opening;

/**
 * Parts a whole answer from the reasoning that a server left in it: everything up to the last
 * `</think>` is reasoning, whether or not an opening tag came first (some chat templates put that
 * one into the prompt), and an answer that opens the tag and never closes it is no answer.
 */
export function withoutReasoning(content: string): string {
  const answer = content.slice(lastClosingEnd(content)).trimStart();
  return openingOf(answer) === undefined ? answer : '';
}

/** `withoutReasoning` for a text that comes in pieces. */
export type ReasoningFilter = {
  /** Takes a piece of content, gives what may be shown now. */
  push(content: string): string;
  /** The rest, when the content is complete. */
  end(): string;
  /** True once a `</think>` came without its opening tag: what stood before it was reasoning. */
  readonly hasLoneClosing: boolean;
  /** True once such a tag came too late: reasoning was given out as text, and the answer is void. */
  readonly hasLeaked: boolean;
};

/**
 * A lone `</think>` can come after any amount of text, so only a filter that holds everything back
 * until the end is safe with a server that may send one. The other way shows text at once, and says
 * so (`hasLeaked`) if that was wrong.
 */
export function createReasoningFilter(options: { readonly holdsBack: boolean }): ReasoningFilter {
  return options.holdsBack ? createHoldingFilter() : createStreamingFilter();
}

function createHoldingFilter(): ReasoningFilter {
  let content = '';
  return {
    push(piece) {
      content += piece;
      return '';
    },
    end: () => withoutReasoning(content),
    get hasLoneClosing() {
      return lastClosingEnd(content) > 0 && openingOf(content.trimStart()) === undefined;
    },
    hasLeaked: false,
  };
}

function createStreamingFilter(): ReasoningFilter {
  let place: 'start' | 'reasoning' | 'answer' = 'start';
  let pending = '';
  let hasShown = false;
  let hasLoneClosing = false;
  let hasLeaked = false;

  /** Settles what `pending` starts with; false when that needs more text, or is settled. */
  function step(): boolean {
    if (place === 'reasoning') {
      const close = firstClosing(pending);
      if (close === undefined) {
        pending = pending.slice(-(closingCharsMax - 1));
        return false;
      }
      pending = pending.slice(close.end);
      place = 'start';
      return true;
    }
    if (place === 'start') {
      pending = pending.trimStart();
      const opening = openingOf(pending);
      if (opening === undefined) {
        if (marks.some((mark) => mark.opening.startsWith(pending))) return false;
        place = 'answer';
        return true;
      }
      pending = pending.slice(opening.length);
      place = 'reasoning';
      return true;
    }
    const close = firstClosing(pending);
    if (close === undefined) return false;
    hasLoneClosing = true;
    hasLeaked ||= hasShown;
    pending = pending.slice(close.end);
    place = 'start';
    return true;
  }

  function show(text: string): string {
    if (hasLeaked || text === '') return '';
    hasShown = true;
    return text;
  }

  return {
    push(piece) {
      pending += piece;
      while (step());
      if (place !== 'answer') return '';
      const kept = tagStartLength(pending);
      const shown = pending.slice(0, pending.length - kept);
      pending = pending.slice(pending.length - kept);
      return show(shown);
    },
    end: () => (place === 'reasoning' ? '' : show(pending)),
    get hasLoneClosing() {
      return hasLoneClosing;
    },
    get hasLeaked() {
      return hasLeaked;
    },
  };
}

/** How many characters at the end of `text` may be the start of a closing tag. */
function tagStartLength(text: string): number {
  const from = Math.max(text.lastIndexOf('<'), text.lastIndexOf('['));
  if (from === -1) return 0;
  const tail = text.slice(from);
  return marks.some(({ closing }) => closing.startsWith(tail)) ? tail.length : 0;
}
