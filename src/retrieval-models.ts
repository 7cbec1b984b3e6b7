import type { Config, Secrets } from './config.ts';
import type { RetrievalModels } from './knowledge/meaning.ts';
import { createOutbound } from './lib/outbound.ts';
import { createServedEmbeddings, createServedReranker, type RetrievalModelOptions } from './llm/create-model.ts';
import { createLimiter } from './llm/limiter.ts';
import type { MaskSettings } from './llm/masked-model.ts';
import { withMaskedQuery, withMaskedTexts } from './llm/masked-retrieval.ts';
import { ModelError } from './llm/model.ts';

/** Models that help to search, and the connections to them. */
export type ServedRetrieval = RetrievalModels & AsyncDisposable;

type Hooks = {
  readonly onRefused: (origin: string) => void;
  readonly now: () => number;
  /** What these servers may not see. */
  readonly mask: MaskSettings;
};
type Server = Config['model']['servers'][number];

/** A batch of passages takes a small server on a CPU this long. */
const timeoutMs = 60_000;

const nameOf = ({ baseUrl, model }: Server): string => {
  if (model !== undefined) return model;
  throw new ModelError('config', `The server ${baseUrl.host} embeds or reranks: name its \`model\` in sidenote.yaml.`);
};

/** The first servers of the roles `embed` and `rerank`. @throws ModelError `config` for one that can't work */
export function createRetrievalModels(
  { model: { servers } }: Config,
  { modelKeys }: Secrets,
  { onRefused, now, mask }: Hooks,
): ServedRetrieval {
  const embedder = servers.find(({ roles, isDraining }) => roles.has('embed') && !isDraining);
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
  return {
    embeddings: embedder && withMaskedTexts(createServedEmbeddings(embedder.kind, optionsOf(embedder)), mask),
    reranker: reranker && withMaskedQuery(createServedReranker(optionsOf(reranker)), mask),
    [Symbol.asyncDispose]: async () => await dispatcher.close(),
  };
}
