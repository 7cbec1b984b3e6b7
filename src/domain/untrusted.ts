import { visibleText } from './visible-text.ts';

/**
 * Tokens of the chat templates that models are served with: ChatML, Llama, Mistral, Gemma, DeepSeek, and the
 * marks of reasoning and tools. `<|turn>` and `<turn|>` are single-barred.
 */
const templateToken = new RegExp(
  [
    String.raw`<[|｜]([^|｜<>[\]\n]{0,40})[|｜]>|<[|｜](\w{1,40})>|<(\w{1,40})[|｜]>`,
    '<(/?(?:s|bos|eos|pad|unk|think|thinking|start_of_turn|end_of_turn|tools?|tool_calls?|tool_response))>',
    String.raw`<<(/?SYS)>>|\[(/?(?:INST|THINK|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS))\]`,
  ].join('|'),
  'giu',
);

/** What our own prompt is marked with: a passage's tag, the marker that cites it, the beginning of a task. */
const ownMark =
  /<(\/?passages?\b)|[[［【](\s*S\s?\d[^[\]［］【】\n]{0,40})[\]］】]|[(（]\s*(Task\s+from\s+the\s+support\s+team)/giu;

/**
 * What others wrote, made harmless to stand in a prompt, wherever it comes from. Chat-template tokens would end their
 * message early in some servers' templates, and our own marks would make passages or tasks of a contact's words: both
 * are spelled out. What nobody can see is taken out. Doing it twice changes nothing.
 */
export function untrusted(text: string): string {
  let before = visibleText(text);
  let after = spellOut(before);
  // Spelling one token out may put another together.
  while (after !== before) [before, after] = [after, spellOut(after)];
  return after;
}

const spellOut = (text: string): string =>
  text.replaceAll(templateToken, '($1$2$3$4$5$6)').replaceAll(ownMark, asWords);

function asWords(_mark: string, tag: string | undefined, marker: string | undefined, task: string | undefined): string {
  if (task !== undefined) return `[${task}`;
  return tag === undefined ? `(${marker ?? ''})` : `(${tag}`;
}
