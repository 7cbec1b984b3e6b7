import type { ModelCall } from './model.ts';

/** The port to a model that turns texts into vectors, which lie near each other where the texts mean the same. */
export interface EmbeddingModel {
  /** Kept beside each vector: vectors of different models can't be compared. */
  readonly name: string;
  /**
   * One vector for each text, in their order, each of length 1; all of one model have as many numbers. A text that is
   * too long for the model is embedded by its beginning. Prepare texts by `embeddingStyle` first. @throws ModelError
   */
  embed(texts: readonly string[], call: ModelCall): Promise<readonly Float32Array[]>;
}

/** The port to a model that says how well texts answer a query. */
export interface RerankModel {
  readonly name: string;
  /** One score for each text, in their order; higher fits better. The scale is the model's own. @throws ModelError */
  rerank(query: string, texts: readonly string[], call: ModelCall): Promise<readonly number[]>;
}

/** How a model wants its texts: most were trained with words before them, and find worse without. */
export type EmbeddingStyle = {
  /** Kept beside each vector: vectors of different styles can't be compared. */
  readonly name: string;
  query(text: string): string;
  document(text: string, title: string | undefined): string;
};

const task = 'Given a customer message, retrieve help-centre passages that answer it';
const titled = (text: string, title: string | undefined): string => (title === undefined ? text : `${title}\n${text}`);

const plain: EmbeddingStyle = { name: 'plain', query: (text) => text, document: titled };

/** By the models' own cards; the first whose pattern the model's name matches. */
const styles: readonly (readonly [RegExp, EmbeddingStyle])[] = [
  [/qwen3-?embedding/i, { name: 'qwen3', query: (text) => `Instruct: ${task}\nQuery:${text}`, document: titled }],
  [
    /embedding-?gemma/i,
    {
      name: 'embedding-gemma',
      query: (text) => `task: search result | query: ${text}`,
      document: (text, title) => `title: ${title ?? 'none'} | text: ${text}`,
    },
  ],
  [
    /nomic-embed/i,
    {
      name: 'nomic',
      query: (text) => `search_query: ${text}`,
      document: (text, title) => `search_document: ${titled(text, title)}`,
    },
  ],
  [
    /(^|[/_-])e5-/i,
    { name: 'e5', query: (text) => `query: ${text}`, document: (text, title) => `passage: ${titled(text, title)}` },
  ],
];

/** The style of a model, by its name; texts as they are for models we don't know. */
export function embeddingStyle(modelName: string): EmbeddingStyle {
  return styles.find(([pattern]) => pattern.test(modelName))?.[1] ?? plain;
}
