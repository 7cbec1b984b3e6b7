import { Mask } from '../safety/masking.ts';
import type { EmbeddingModel, RerankModel } from './embedding.ts';
import type { MaskSettings } from './masked-model.ts';

/** Hides the personal data of the kinds that are set; each text by itself, so that the same text is always hidden alike. */
async function hidden(texts: readonly string[], { kinds, loadFinder }: MaskSettings): Promise<readonly string[]> {
  const wanted = kinds();
  if (wanted.size === 0) return texts;
  const find = await loadFinder();
  return texts.map((text) => new Mask(find, wanted).hide(text));
}

/** An embedding model that gets placeholders for personal data, in questions and in passages. */
export const withMaskedTexts = (model: EmbeddingModel, settings: MaskSettings): EmbeddingModel => ({
  ...model,
  embed: async (texts, call) => await model.embed(await hidden(texts, settings), call),
});

/** The same for a reranker. */
export const withMaskedQuery = (model: RerankModel, settings: MaskSettings): RerankModel => ({
  ...model,
  rerank: async (query, texts, call) => {
    const [maskedQuery = '', ...masked] = await hidden([query, ...texts], settings);
    return await model.rerank(maskedQuery, masked, call);
  },
});
