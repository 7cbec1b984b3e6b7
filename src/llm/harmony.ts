/**
 * The raw format of gpt-oss, where a server leaves it in the content: messages with a header each, of which only the
 * one in the channel `final` is meant for people. Source: the response format ("harmony") as its makers published it.
 */

const specialTokens = ['start', 'channel', 'constrain', 'message', 'end', 'return', 'call'].map(
  (name) => `<|${name}|>`,
);

/** What is left of the headers where a server leaves their special tokens out (https://github.com/sgl-project/sglang/pull/9190). */
const bareHeaders = ['analysis', 'commentary', 'final'].map((channel) => `assistant${channel}`);
const marks = [...specialTokens, ...bareHeaders];

const anyMark = /<\|(?:start|channel|constrain|message|end|return|call)\|>|assistant(?:analysis|commentary|final)/;

/** The first header of all is a word too: it counts where the next word follows without a blank. */
const bareBeginning = 'analysis';
const beginsBare = /^\s*analysis(?=[A-Z])/;

const charsMax = Math.max(...marks.map((mark) => mark.length));

/**
 * What the text after a mark is. `before`: no mark has come yet. `loose`: it follows a message and has no header, as
 * llama.cpp gives the answer after the reasoning (https://github.com/ggml-org/llama.cpp/pull/15181).
 */
type Place = 'before' | 'header' | 'channel' | 'hidden' | 'final' | 'loose' | 'after';

/** Content with all channels in, the text of the final one out, in pieces. */
export type HarmonyReader = {
  /** Takes a piece of content, gives what is answer as far as one can tell now. */
  push(content: string): string;
  /** The rest, when the content is complete. */
  end(): string;
  /** True once a mark has shown that what stood before the first header was reasoning. */
  readonly isLone: boolean;
  /** True once such a mark came too late: the reasoning was given out by an earlier `push`. */
  readonly hasLeaked: boolean;
};

/** Content without any of the marks comes out as it is. Of several final messages the first one counts. */
export function createHarmonyReader(): HarmonyReader {
  let place: Place = 'before';
  let channel = '';
  let pending = '';
  let isLone = false;
  let hasLeaked = false;
  /** Whether text that is no blank has come at this place, and whether it was given out. */
  let hasText = false;
  let hasShown = false;

  /** Text at the present place; gives what of it is answer. */
  function take(text: string): string {
    if (text.trim() !== '') hasText = true;
    if (place === 'channel') channel += text;
    return place === 'before' || place === 'final' || place === 'loose' ? text : '';
  }

  function enter(next: Place): void {
    if (place === 'before' && hasText) {
      isLone = true;
      hasLeaked = hasShown;
    }
    place = next;
    hasText = false;
  }

  function passMark(mark: string): void {
    const isAnswered = place === 'final' || place === 'after' || (place === 'loose' && hasText);
    // An answer whose header stands in the prompt.
    if (isAnswered || (place === 'before' && mark === '<|return|>')) place = 'after';
    else enter(placeAfter(mark, channel));
    if (mark !== '<|constrain|>') channel = mark === '<|message|>' ? channel : '';
  }

  function push(content: string): string {
    pending += content;
    if (place === 'before' && !hasText) {
      if (bareBeginning.startsWith(pending.trimStart())) return '';
      pending = pending.replace(beginsBare, 'assistantanalysis');
    }
    let shown = '';
    for (let found = anyMark.exec(pending); found !== null; found = anyMark.exec(pending)) {
      const [mark] = found;
      shown += take(pending.slice(0, found.index));
      const wasBefore = place === 'before';
      passMark(mark);
      if (wasBefore && isLone) shown = '';
      pending = pending.slice(found.index + mark.length);
    }
    const kept = markStartLength(pending);
    shown += take(pending.slice(0, pending.length - kept));
    pending = pending.slice(pending.length - kept);
    hasShown ||= shown.trim() !== '';
    return shown;
  }

  return {
    push,
    end: () => take(pending),
    get isLone() {
      return isLone;
    },
    get hasLeaked() {
      return hasLeaked;
    },
  };
}

function placeAfter(mark: string, channel: string): Place {
  switch (mark) {
    case '<|channel|>':
      return 'channel';
    case '<|message|>':
      return channel.trim() === 'final' ? 'final' : 'hidden';
    case '<|end|>':
      return 'loose';
    case 'assistantfinal':
      return 'final';
    case 'assistantanalysis':
    case 'assistantcommentary':
      return 'hidden';
    default:
      return 'header';
  }
}

/** How many characters at the end of `text` may be the start of a mark. */
function markStartLength(text: string): number {
  for (let length = Math.min(charsMax - 1, text.length); length > 0; length -= 1) {
    const tail = text.slice(-length);
    if (marks.some((mark) => mark.startsWith(tail))) return length;
  }
  return 0;
}
