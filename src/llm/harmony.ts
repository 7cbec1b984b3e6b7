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

/**
 * What follows a mark that a sentence speaks of: the sentence. A header is followed by a word, by the next header, by a
 * line's end or by nothing.
 */
const sentenceGoesOn = /^(?:[`"'’”»),.;:!?\]}]|[ \t]+(?!<\|)[^ \t\r\n])/;
const mayYetGoOn = /^[ \t]*(?:(?<=[ \t])<)?$/;

const charsMax = Math.max(...marks.map((mark) => mark.length));

/**
 * What the text after a mark is. `before`: no mark has come yet. `loose`: it follows a message and has no header, as
 * llama.cpp gives the answer after the reasoning (https://github.com/ggml-org/llama.cpp/pull/15181).
 */
type Place = 'before' | 'header' | 'channel' | 'hidden' | 'final' | 'loose' | 'after';

/**
 * Content with all channels in, the text of the final one out, in pieces. Content without any of the marks comes out as it
 * is, and so do marks that it only speaks of. Of several final messages the first one counts.
 */
export class HarmonyReader {
  #place: Place = 'before';
  #channel = '';
  #pending = '';
  #isLone = false;
  #hasLeaked = false;
  /** Whether text that is no blank has come at this place, and whether it was given out. */
  #hasText = false;
  #hasShown = false;

  /** True once a mark has shown that what stood before the first header was reasoning. */
  get isLone(): boolean {
    return this.#isLone;
  }

  /** True once such a mark came too late: the reasoning was given out by an earlier `push`. */
  get hasLeaked(): boolean {
    return this.#hasLeaked;
  }

  /** Takes a piece of content, gives what is answer as far as one can tell now. */
  push(content: string): string {
    this.#pending += content;
    if (this.#place === 'before' && !this.#hasText) {
      if (bareBeginning.startsWith(this.#pending.trimStart())) return '';
      this.#pending = this.#pending.replace(beginsBare, 'assistantanalysis');
    }
    const shown = this.#read(false);
    this.#hasShown ||= shown.trim() !== '';
    return shown;
  }

  /** The rest, when the content is complete. */
  end(): string {
    return this.#read(true);
  }

  /** Gives what of the pending content is answer; `isWhole`: nothing follows. */
  #read(isWhole: boolean): string {
    let shown = '';
    for (let found = anyMark.exec(this.#pending); found !== null; found = anyMark.exec(this.#pending)) {
      const [mark] = found;
      const end = found.index + mark.length;
      const before = this.#pending.slice(0, found.index);
      const mayBeWord = this.#place === 'before' && (this.#hasText || before.trim() !== '');
      const isWord = mayBeWord && isMention(this.#pending.slice(end), isWhole);
      if (isWord === undefined) return shown;
      this.#pending = this.#pending.slice(end);
      shown += this.#take(isWord ? before + mark : before);
      if (isWord) continue;
      if (this.#place === 'before') shown = this.#passFirst(mark, shown);
      else this.#pass(mark);
    }
    const kept = isWhole ? 0 : markStartLength(this.#pending);
    shown += this.#take(this.#pending.slice(0, this.#pending.length - kept));
    this.#pending = this.#pending.slice(this.#pending.length - kept);
    return shown;
  }

  /** Text at the present place; gives what of it is answer. */
  #take(text: string): string {
    if (text.trim() !== '') this.#hasText = true;
    if (this.#place === 'channel') this.#channel += text;
    return this.#place === 'before' || this.#place === 'final' || this.#place === 'loose' ? text : '';
  }

  /** Gives what is still answer of the text before it. */
  #passFirst(mark: string, shown: string): string {
    const isReasoning = this.#hasText && mark !== '<|return|>'; // that one ends an answer whose header stands in the prompt
    if (isReasoning) {
      this.#isLone = true;
      this.#hasLeaked = this.#hasShown;
    }
    this.#enter(mark === '<|return|>' ? 'after' : placeAfter(mark, this.#channel), mark);
    return isReasoning ? '' : shown;
  }

  #pass(mark: string): void {
    const isAnswered = this.#place === 'final' || this.#place === 'after' || (this.#place === 'loose' && this.#hasText);
    this.#enter(isAnswered ? 'after' : placeAfter(mark, this.#channel), mark);
  }

  #enter(next: Place, mark: string): void {
    if (next !== 'after') this.#hasText = false;
    this.#place = next;
    if (mark !== '<|constrain|>' && mark !== '<|message|>') this.#channel = '';
  }
}

/** Whether a mark in running text is spoken of, by what comes after it; undefined when what follows will tell. */
function isMention(textAfter: string, isWhole: boolean): boolean | undefined {
  if (sentenceGoesOn.test(textAfter)) return true;
  return isWhole || !mayYetGoOn.test(textAfter) ? false : undefined;
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
