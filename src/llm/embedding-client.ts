import { z } from 'zod';
import type { EmbeddingModel } from './embedding.ts';
import type { JsonServer } from './json-server.ts';
import { ModelError } from './model.ts';
import type { ModelCall } from './model.ts';

/** Servers take more; this many keep one request short, so that a teammate's query gets in between. */
const textsPerRequestMax = 32;

/** Below this a text is not cut further: a model that takes less is set up wrongly. */
const textCharsMin = 200;

/** One dialect of embeddings: where to post, what, and how to read the vectors in the order of the texts. */
export type EmbeddingDialect = {
  readonly path: string;
  body(model: string, texts: readonly string[]): unknown;
  /** `undefined` for an answer of another shape. */
  read(json: unknown): readonly (readonly number[])[] | undefined;
};

const Vector = z.array(z.number());
const OpenAiAnswer = z.object({ data: z.array(z.object({ index: z.int().nonnegative(), embedding: Vector })) });
const OllamaAnswer = z.object({ embeddings: z.array(Vector) });

/** `/v1/embeddings` of vLLM, SGLang, llama.cpp, LM Studio, LiteLLM, TEI and Ollama. */
export const openAiEmbeddings: EmbeddingDialect = {
  path: '/embeddings',
  body: (model, texts) => ({ model, input: texts, encoding_format: 'float' }),
  read(json) {
    const answer = OpenAiAnswer.safeParse(json);
    if (!answer.success) return undefined;
    const inOrder = answer.data.data.toSorted((a, b) => a.index - b.index);
    return inOrder.every(({ index }, place) => index === place) ? inOrder.map((item) => item.embedding) : undefined;
  },
};

/** Ollama's own `/api/embed`: `/v1/embeddings` cuts long texts without a word, this one can be told not to. */
export const ollamaEmbeddings: EmbeddingDialect = {
  path: '/api/embed',
  body: (model, texts) => ({ model, input: texts, truncate: false, keep_alive: -1 }),
  read(json) {
    const answer = OllamaAnswer.safeParse(json);
    return answer.success ? answer.data.embeddings : undefined;
  },
};

/** An embedding model behind a server of the team's own. */
export function createEmbeddingModel(name: string, dialect: EmbeddingDialect, server: JsonServer): EmbeddingModel {
  let dimensions: number | undefined;

  async function request(texts: readonly string[], call: ModelCall): Promise<readonly Float32Array[]> {
    const vectors = dialect.read(await server.post(dialect.path, dialect.body(name, texts), texts, call));
    if (vectors?.length !== texts.length) {
      throw wrong(
        `${server.host} did not answer with one vector for each text. Check that ${name} is an embedding model`,
      );
    }
    return vectors.map(checked);
  }

  function checked(numbers: readonly number[]): Float32Array {
    dimensions ??= numbers.length;
    if (numbers.length !== dimensions) {
      const lengths = `${numbers.length} numbers, and of ${dimensions} before`;
      const sentence = `${server.host} gave a vector of ${lengths}: it serves another model as ${name} now. Restart Sidenote, so that all texts are embedded anew`;
      throw new ModelError('config', `The model server ${sentence}.`);
    }
    const vector = normalise(numbers);
    if (vector === undefined) throw wrong(`${server.host} gave a vector that is zero or no number. Look at its log`);
    return vector;
  }

  /** Halves a request that is too long, and in the end its only text. */
  async function embedSome(texts: readonly string[], call: ModelCall): Promise<readonly Float32Array[]> {
    try {
      return await request(texts, call);
    } catch (error) {
      if (!(error instanceof ModelError) || error.kind !== 'too-long') throw error;
      const [only = ''] = texts;
      if (texts.length === 1 && only.length <= textCharsMin) throw error;
      if (texts.length === 1) return await embedSome([only.slice(0, Math.ceil(only.length / 2)).toWellFormed()], call);
      const middle = Math.ceil(texts.length / 2);
      const first = await embedSome(texts.slice(0, middle), call);
      return [...first, ...(await embedSome(texts.slice(middle), call))];
    }
  }

  return {
    name,
    async embed(texts, call) {
      const vectors: Float32Array[] = [];
      for (let from = 0; from < texts.length; from += textsPerRequestMax) {
        vectors.push(...(await embedSome(texts.slice(from, from + textsPerRequestMax), call)));
      }
      return vectors;
    },
  };
}

function wrong(what: string): ModelError {
  return new ModelError('broken-answer', `The model server ${what}.`);
}

/** The vector of length 1 in the same direction; `undefined` where there is none. Not every server does this. */
function normalise(numbers: readonly number[]): Float32Array | undefined {
  const length = Math.hypot(...numbers);
  if (!Number.isFinite(length) || length === 0) return undefined;
  return Float32Array.from(numbers, (number) => number / length);
}
