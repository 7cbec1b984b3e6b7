import type { ModelSettings } from './config.ts';
import type { RetrievalModels } from './knowledge/meaning.ts';
import { createOutbound } from './lib/outbound.ts';
import { createServedEmbeddings, createServedReranker, type RetrievalModelOptions } from './llm/create-model.ts';
import type { EmbeddingModel, RerankModel } from './llm/embedding.ts';
import { createLimiter } from './llm/limiter.ts';
import type { MaskSettings } from './llm/masked-model.ts';
import { withMaskedQuery, withMaskedTexts } from './llm/masked-retrieval.ts';
import { ModelError } from './llm/model.ts';

/** Models that help to search, and the connections to them. */
export type ServedRetrieval = RetrievalModels &
  AsyncDisposable & {
    /**
     * Gets ready to follow other settings, and gives what does it. @throws ModelError `config`, for a server that can't
     * work, and for another embedding model: its vectors can't be compared with those that are searched
     */
    prepare(settings: ModelSettings): () => void;
  };

type Hooks = {
  readonly onRefused: (origin: string) => void;
  readonly now: () => number;
  /** What these servers may not see. */
  readonly mask: MaskSettings;
};
type Server = ModelSettings['model']['servers'][number];

/** A batch of passages takes a small server on a CPU this long. */
const timeoutMs = 60_000;

const nameOf = ({ baseUrl, model }: Server): string => {
  if (model !== undefined) return model;
  throw new ModelError('config', `The server ${baseUrl.host} embeds or reranks: name its \`model\` in sidenote.yaml.`);
};

/** The servers of the two roles, and their models; `embeddingName` is there also while its only server drains. */
type Served = {
  readonly key: string;
  readonly embeddingName: string | undefined;
  readonly embeddings: EmbeddingModel | undefined;
  readonly reranker: RerankModel | undefined;
  readonly close: () => Promise<void>;
};

/** The first server of each role. @throws ModelError `config` */
function serve({ model: { servers }, modelKeys }: ModelSettings, { onRefused, now, mask }: Hooks): Served {
  const embedders = servers.filter(({ roles }) => roles.has('embed'));
  const embedder = embedders.find(({ isDraining }) => !isDraining);
  const reranker = servers.find(({ roles, isDraining }) => roles.has('rerank') && !isDraining);
  const used = [embedder, reranker].filter((server) => server !== undefined);
  const dispatcher = createOutbound({
    allowedOrigins: new Set(used.map(({ baseUrl }) => baseUrl.origin)),
    connectionsPerOriginMax: Math.max(1, ...used.map(({ callsMax }) => callsMax)),
    onRefused,
  });
  const optionsOf = (server: Server): RetrievalModelOptions => ({
    baseUrl: server.baseUrl,
    apiKey: modelKeys.get(server.keyFrom),
    model: nameOf(server),
    dispatcher,
    limiter: createLimiter(server.callsMax, now),
    timeoutMs,
    now,
  });
  const named = embedder ?? embedders[0];
  return {
    key: JSON.stringify([embedder, reranker].map((server) => server && [server, modelKeys.get(server.keyFrom)])),
    embeddingName: named && nameOf(named),
    embeddings: embedder && withMaskedTexts(createServedEmbeddings(embedder.kind, optionsOf(embedder)), mask),
    reranker: reranker && withMaskedQuery(createServedReranker(optionsOf(reranker)), mask),
    close: async () => await dispatcher.close(),
  };
}

const otherName = (from: string | undefined, to: string | undefined): string =>
  `The embedding model changes from ${from ?? 'none'} to ${to ?? 'none'}: start Sidenote anew, so that all passages get vectors of the same model.`;

/** The first servers of the roles `embed` and `rerank`. @throws ModelError `config` for one that can't work */
export function createRetrievalModels(first: ModelSettings, hooks: Hooks): ServedRetrieval {
  let served = serve(first, hooks);
  const { embeddingName: name } = served;
  const embeddings: EmbeddingModel | undefined =
    name === undefined
      ? undefined
      : {
          name,
          embed: async (texts, call) => {
            if (served.embeddings !== undefined) return await served.embeddings.embed(texts, call);
            throw new ModelError('busy', `The server of the embedding model ${name} is draining.`);
          },
        };
  return {
    embeddings,
    get reranker() {
      return served.reranker;
    },
    prepare(settings) {
      const following = serve(settings, hooks);
      if (following.embeddingName !== name) {
        throw new ModelError('config', otherName(name, following.embeddingName));
      }
      return () => {
        if (following.key === served.key) return;
        void served.close().catch(() => undefined); // when what is under way has ended
        served = following;
      };
    },
    [Symbol.asyncDispose]: async () => await served.close(),
  };
}
