import { z } from 'zod';
import { complete, ModelError } from './model.ts';
import type { AnswerFormat, Completion, LanguageModel, Message, ModelCall, Usage } from './model.ts';
import { parseJson } from './refusal.ts';
import { estimateTokens } from './tokens.ts';

/** A question whose answer is one of a few words. */
export type ChoiceQuestion<Choice extends string> = {
  /** Letters, digits, `-` and `_`; it names the question in errors and to a scripted model. */
  readonly name: string;
  readonly messages: readonly Message[];
  /** At least one, no two the same. */
  readonly choices: readonly [Choice, ...Choice[]];
  readonly outputTokensMax?: number;
};

export type Decision<Choice extends string> = {
  readonly choice: Choice;
  /** How likely the choice was among all of them, 0 to 1; undefined where the server does not tell. */
  readonly probability: number | undefined;
  readonly model: string;
  /** Of the last call alone, where the question was asked twice. */
  readonly usage: Usage;
};

/** A question whose answer is a small object. */
export type JsonQuestion<Value> = {
  readonly name: string;
  readonly messages: readonly Message[];
  /** One flat object of required fields, without transforms: it becomes a JSON Schema. */
  readonly schema: z.ZodType<Value>;
  /** Of the longest answer that the schema allows, and half as many again. */
  readonly outputTokensMax: number;
};

export type JsonAnswer<Value> = { readonly value: Value; readonly model: string; readonly usage: Usage };

/** Blanks and line ends that a server's grammar lets through, on top of the answer itself. */
const looseTokens = 16;

/** Errors that asking once more may mend at once: the model said something, and it was of no use. */
const mendable: ReadonlySet<ModelError['kind']> = new Set(['broken-answer', 'run-away', 'empty']);

/**
 * Asks the model to choose one of a few words, and tells how likely that was. The answer is constrained to JSON where
 * the server can; a wrong one is asked for once more. @throws ModelError `broken-answer` after the second
 */
export async function decideAmong<Choice extends string>(
  model: LanguageModel,
  question: ChoiceQuestion<Choice>,
  call: ModelCall,
): Promise<Decision<Choice>> {
  const { name, messages, choices } = question;
  const schema = z.strictObject({ choice: z.enum(choices) });
  const longest = Math.max(...choices.map((choice) => estimateTokens(JSON.stringify({ choice }))));
  const outputTokensMax = question.outputTokensMax ?? Math.ceil(longest * 1.5) + looseTokens;
  const format: AnswerFormat = {
    name,
    schema: jsonSchema(schema),
    choices: { field: 'choice', values: choices },
  };
  const words = choices.map((choice) => JSON.stringify(choice)).join(', ');
  const instruction = `(Answer only with JSON: {"choice": one of ${words}}.)`;
  const { value, completion } = await askTwice(
    model,
    { messages, instruction, format, outputTokensMax, read: (text) => schema.safeParse(parseJson(text)).data },
    call,
  );
  return {
    choice: value.choice,
    probability: completion.choiceProbabilities?.get(value.choice),
    model: completion.model,
    usage: completion.usage,
  };
}

/**
 * Asks the model for a small object. The answer is constrained to the schema where the server can, and always parsed;
 * a wrong one is asked for once more, with twice the room if it was cut. @throws ModelError `broken-answer` after the second
 */
export async function answerJson<Value>(
  model: LanguageModel,
  question: JsonQuestion<Value>,
  call: ModelCall,
): Promise<JsonAnswer<Value>> {
  const { name, messages, schema, outputTokensMax } = question;
  const format: AnswerFormat = { name, schema: jsonSchema(schema) };
  const instruction = `(Answer only with JSON of this schema: ${JSON.stringify(format.schema)})`;
  const { value, completion } = await askTwice(
    model,
    {
      messages,
      instruction,
      format,
      outputTokensMax,
      read: (text) => {
        const parsed = schema.safeParse(parseJson(text));
        return parsed.success ? { parsed: parsed.data } : undefined;
      },
    },
    call,
  );
  return { value: value.parsed, model: completion.model, usage: completion.usage };
}

type Question<Value> = {
  readonly messages: readonly Message[];
  /** Says the format in words, for servers that can't hold a model to it. */
  readonly instruction: string;
  readonly format: AnswerFormat;
  readonly outputTokensMax: number;
  /** What the text means; undefined where it has another format. */
  readonly read: (text: string) => Value | undefined;
};

type Answered<Value> = { readonly value: Value; readonly completion: Completion };

async function askTwice<Value>(
  model: LanguageModel,
  question: Question<Value>,
  call: ModelCall,
): Promise<Answered<Value>> {
  const first = await ask(model, question, call);
  if (!(first instanceof ModelError)) return first;
  const hint = 'Your last answer had another format and could not be read.';
  const second = await ask(
    model,
    { ...question, instruction: `${hint} ${question.instruction}`, outputTokensMax: question.outputTokensMax * 2 },
    call,
  );
  if (second instanceof ModelError) throw second;
  return second;
}

/** The answer, or the error that one more question may mend. @throws ModelError for any other */
async function ask<Value>(
  model: LanguageModel,
  question: Question<Value>,
  call: ModelCall,
): Promise<Answered<Value> | ModelError> {
  const { format, outputTokensMax, read } = question;
  const messages = withInstruction(question.messages, question.instruction);
  try {
    const completion = await complete(model, { messages, outputTokensMax, temperature: 0, answerFormat: format }, call);
    const value = read(completion.text);
    return value === undefined ? brokenAnswer(format.name, completion) : { value, completion };
  } catch (error) {
    if (error instanceof ModelError && mendable.has(error.kind)) return error;
    throw error;
  }
}

/** Added to the end, so that the prompt before it stays the same for servers which keep prefixes. */
function withInstruction(messages: readonly Message[], instruction: string): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, { role: 'user', content: instruction }];
  return [...messages.slice(0, -1), { role: 'user', content: `${last.content}\n\n${instruction}` }];
}

function brokenAnswer(name: string, { finishReason, model }: Completion): ModelError {
  const how = finishReason.unified === 'length' ? 'cut off' : 'not in the format that was asked for';
  const sentence = `The answer of ${model} to the question "${name}" was ${how}, twice. Use a model server that holds its models to a JSON schema.`;
  return new ModelError('broken-answer', sentence);
}

function jsonSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', reused: 'inline' });
  return rest;
}
