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

/** What our own prompt is marked with: a passage's tag, and the marker that cites it. */
const ownMark = /<(\/?passages?\b)|[[［【](\s*S\s?\d[^[\]［］【】\n]{0,40})[\]］】]/giu;

/**
 * What others wrote, made harmless to stand in a prompt: chat-template tokens would end their message early in some
 * servers' templates, and our own marks would make passages of a customer's words. Both are spelled out.
 */
export const untrusted = (text: string): string =>
  text.toWellFormed().replaceAll(templateToken, '($1$2$3$4$5$6)').replaceAll(ownMark, asWords);

const asWords = (_mark: string, tag: string | undefined, marker: string | undefined): string =>
  tag === undefined ? `(${marker ?? ''})` : `(${tag}`;
