const opening = '<think>';
const closing = '</think>';

/**
 * Parts a whole answer from the reasoning that a server left in it: everything up to the last
 * `</think>` is reasoning, whether or not an opening tag came first (some chat templates put that
 * one into the prompt), and an answer that opens the tag and never closes it is no answer.
 */
export function withoutReasoning(content: string): string {
  const close = content.lastIndexOf(closing);
  const answer = (close === -1 ? content : content.slice(close + closing.length)).trimStart();
  return answer.startsWith(opening) ? '' : answer;
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
      const close = content.lastIndexOf(closing);
      return close !== -1 && !content.trimStart().startsWith(opening);
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
      const close = pending.indexOf(closing);
      if (close === -1) {
        pending = pending.slice(-(closing.length - 1));
        return false;
      }
      pending = pending.slice(close + closing.length);
      place = 'start';
      return true;
    }
    if (place === 'start') {
      pending = pending.trimStart();
      if (opening.startsWith(pending)) {
        if (pending !== opening) return false;
      } else if (!pending.startsWith(opening)) {
        place = 'answer';
        return true;
      }
      pending = pending.slice(opening.length);
      place = 'reasoning';
      return true;
    }
    const close = pending.indexOf(closing);
    if (close === -1) return false;
    hasLoneClosing = true;
    hasLeaked ||= hasShown;
    pending = pending.slice(close + closing.length);
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
  const from = text.lastIndexOf('<');
  if (from === -1) return 0;
  const tail = text.slice(from);
  return closing.startsWith(tail) ? tail.length : 0;
}
