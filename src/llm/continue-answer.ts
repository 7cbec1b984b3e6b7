import { complete, ModelError } from './model.ts';
import type { Completion, LanguageModel, ModelCall, ModelRequest, Usage } from './model.ts';

const task =
  '(Task from the support team: your reply above was cut off by its length limit. Write only the rest of it, ' +
  'beginning with the very next word. Repeat nothing, and end it soon.)';

/**
 * The rest of an answer that was cut at its length limit, asked for once and put to it. Where the rest is cut as
 * well, or does not come, the finish reason stays `length`: whoever reads it must not take the answer for whole.
 * @throws ModelError `cancelled`
 */
export async function continueAnswer(
  model: LanguageModel,
  request: ModelRequest,
  first: Completion,
  call: ModelCall,
): Promise<Completion> {
  const { begun, joint } = lastWholeWord(first.text);
  if (first.finishReason.unified !== 'length' || begun === '') return first;
  const messages = [
    ...request.messages,
    { role: 'assistant' as const, content: begun },
    { role: 'user' as const, content: task },
  ];
  try {
    const rest = await complete(model, { ...request, messages }, call);
    const text = begun + joint + withoutRepeat(begun, rest.text.trimStart());
    return { ...rest, text, usage: sumOf(first.usage, rest.usage) };
  } catch (error) {
    if (error instanceof ModelError && error.kind !== 'cancelled') return first;
    throw error;
  }
}

/** Up to the last blank: the word after it may be half, and a model begins with a whole one. */
function lastWholeWord(text: string): { readonly begun: string; readonly joint: string } {
  const found = /^([\s\S]*\S)(\s+)\S*$/.exec(text);
  return { begun: found?.[1] ?? '', joint: found?.[2] ?? '' };
}

const repeatCharsMin = 8;
const repeatCharsMax = 400;

/** Many models begin by saying their last words again. */
function withoutRepeat(begun: string, rest: string): string {
  const longest = Math.min(begun.length, rest.length, repeatCharsMax);
  for (let length = longest; length >= repeatCharsMin; length -= 1) {
    if (begun.endsWith(rest.slice(0, length))) return rest.slice(length).trimStart();
  }
  return rest;
}

const sum = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

const sumOf = (a: Usage, b: Usage): Usage => ({
  inputTokens: sum(a.inputTokens, b.inputTokens),
  cachedInputTokens: sum(a.cachedInputTokens, b.cachedInputTokens),
  outputTokens: sum(a.outputTokens, b.outputTokens),
});
