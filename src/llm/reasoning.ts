import { HarmonyReader } from './harmony.ts';

/** The marks that chat templates give their models: of most, of Mistral's, of Cohere's, and of Kimi's. */
const marks = [
  { opening: '<think>', closing: '</think>' },
  { opening: '[THINK]', closing: '[/THINK]' },
  { opening: '<|START_THINKING|>', closing: '<|END_THINKING|>' },
  { opening: '◁think▷', closing: '◁/think▷' },
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

/** The text of the final channel of gpt-oss, and whether reasoning came before it without a header. */
function readChannels(content: string): { readonly text: string; readonly isLone: boolean } {
  const reader = new HarmonyReader();
  const first = reader.push(content);
  const rest = reader.end();
  return { text: reader.hasLeaked ? rest : first + rest, isLone: reader.isLone };
}

/**
 * Parts a whole answer from the reasoning that a server left in it: everything up to the last
 * `</think>` is reasoning, whether or not an opening tag came first (some chat templates put that
 * one into the prompt), and an answer that opens the tag and never closes it is no answer. Of gpt-oss, only
 * what stands in its final channel is the answer.
 */
export const withoutReasoning = (content: string): string => withoutThinking(readChannels(content).text);

function withoutThinking(content: string): string {
  const answer = content.slice(lastClosingEnd(content)).trimStart();
  return openingOf(answer) === undefined ? answer : '';
}

/** `withoutReasoning` for a text that comes in pieces. */
export type ReasoningFilter = {
  /** Takes a piece of content, gives what may be shown now. */
  push(content: string): string;
  /** The rest, when the content is complete. */
  end(): string;
  /** True once a `</think>` or a header came without what opens it: what stood before it was reasoning. */
  readonly hasLoneClosing: boolean;
  /** True once such a mark came too late: reasoning was given out as text, and the answer is void. */
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

/** First the channels, then the marks within what they leave. */
function createStreamingFilter(): ReasoningFilter {
  const channels = new HarmonyReader();
  const thinking = createThinkingFilter();
  return {
    push(piece) {
      const shown = thinking.push(channels.push(piece));
      return channels.hasLeaked ? '' : shown;
    },
    end() {
      const shown = thinking.push(channels.end()) + thinking.end();
      return channels.hasLeaked ? '' : shown;
    },
    get hasLoneClosing() {
      return channels.isLone || thinking.hasLoneClosing;
    },
    get hasLeaked() {
      return channels.hasLeaked || thinking.hasLeaked;
    },
  };
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
      const { text, isLone } = readChannels(content);
      return isLone || (lastClosingEnd(text) > 0 && openingOf(text.trimStart()) === undefined);
    },
    hasLeaked: false,
  };
}

function createThinkingFilter(): ReasoningFilter {
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
  const from = Math.max(...['<', '[', '◁'].map((sign) => text.lastIndexOf(sign)));
  if (from === -1) return 0;
  const tail = text.slice(from);
  return marks.some(({ closing }) => closing.startsWith(tail)) ? tail.length : 0;
}
