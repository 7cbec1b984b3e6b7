import { z } from 'zod';
import { ModelError } from '../model.ts';
import type { LanguageModel, ServedModel } from '../model.ts';
import { flyCanary, trySchema } from './canary.ts';
import type { ServerFacts, ServerFinding } from './facts.ts';
import { identify } from './identify.ts';
import { findModel, judgeFacts } from './findings.ts';
import type { ServerHttp } from './server-http.ts';
import type { ServerSettings } from './settings.ts';
import { countTokens } from './token-count.ts';

export type ProbeDeps = {
  readonly settings: ServerSettings;
  readonly model: LanguageModel;
  readonly http: ServerHttp;
  /** Ms, for durations. */
  readonly monotonicNow: () => number;
};

type Unfinished = Omit<ServerFacts, 'findings'>;

/**
 * Asks a server what it is and what it can do, by its own pages and by two answers of a few words. What it does not
 * tell stays unknown. @throws ModelError when it does not answer at all, or generates nothing
 */
export async function probeServer(deps: ProbeDeps, signal: AbortSignal): Promise<ServerFacts> {
  const served = await deps.model.servedModels(signal);
  const names = served.map(({ id }) => id);
  const { model, finding } = findModel(names, deps.settings.model);
  const canDraft = model !== undefined && ['draft', 'decide'].some((role) => hasRole(deps.settings, role));
  const drafting = canDraft ? await tryDrafting(deps, signal) : untried;
  const identity = await identify(deps.http, signal); // after the canary: Ollama tells the window of a loaded model
  const [counted, searching] = await Promise.all([
    countTokens(deps.http, { family: identity.family, model }, [{ role: 'user', content: 'ready' }], signal),
    trySearching(deps, model, signal),
  ]);
  const facts: Unfinished = {
    family: identity.family,
    version: identity.version,
    servedModels: names,
    model,
    windowTokens: windowOf(served, model) ?? identity.windowTokens,
    firstWordMs: drafting.firstWordMs,
    isThinkingOff: drafting.isThinkingOff,
    obeysSchema: drafting.obeysSchema,
    givesProbabilities: drafting.givesProbabilities,
    countsTokens: counted !== undefined,
    ...searching,
  };
  const wrong: readonly ServerFinding[] = finding === undefined ? [] : [finding];
  const judged = canDraft ? judgeFacts(facts) : [];
  return { ...facts, findings: [...wrong, ...judged, ...judgeRoles(facts, deps.settings)] };
}

const hasRole = ({ roles }: ServerSettings, role: string): boolean => [...roles].some((one) => one === role);

const windowOf = (served: readonly ServedModel[], model: string | undefined): number | undefined =>
  served.find(({ id }) => id === model || id === `${model}:latest`)?.contextTokens;

type Drafting = Pick<ServerFacts, 'firstWordMs' | 'isThinkingOff' | 'obeysSchema' | 'givesProbabilities'>;

const untried: Drafting = {
  firstWordMs: undefined,
  isThinkingOff: undefined,
  obeysSchema: undefined,
  givesProbabilities: undefined,
};

/** The canary must come back; the schema may fail, which leaves it unknown. @throws ModelError */
export async function tryDrafting(
  { model, monotonicNow }: Pick<ProbeDeps, 'model' | 'monotonicNow'>,
  signal: AbortSignal,
): Promise<Drafting> {
  const { firstWordMs, isThinkingOff } = await flyCanary(model, signal, monotonicNow);
  const schema = await trySchema(model, signal).catch((error: unknown) => {
    if (error instanceof ModelError && error.kind !== 'cancelled') return undefined;
    throw error;
  });
  return {
    firstWordMs,
    isThinkingOff,
    obeysSchema: schema?.obeysSchema,
    givesProbabilities: schema?.givesProbabilities,
  };
}

const Embeddings = z.object({ data: z.array(z.object({ embedding: z.array(z.number()).min(1) })).min(1) });
const Ranking = z.object({ results: z.array(z.object({ index: z.number(), relevance_score: z.number() })).length(2) });

const query = 'How do I reset my password?';
const documents = ['Bananas ripen faster beside apples.', 'To reset your password, choose "Forgot password".'];

/** Whether it makes vectors, and ranks a passage that answers before one that does not. */
async function trySearching(
  { http }: ProbeDeps,
  model: string | undefined,
  signal: AbortSignal,
): Promise<Pick<ServerFacts, 'embeddingSize' | 'reranks'>> {
  if (model === undefined) return { embeddingSize: undefined, reranks: undefined };
  const [embedded, ranked] = await Promise.all([
    http.api('/embeddings', signal, { model, input: [query], encoding_format: 'float' }).catch(() => undefined),
    http.api('/rerank', signal, { model, query, documents, top_n: 2 }).catch(() => undefined),
  ]);
  const vector = embedded?.status === 200 ? Embeddings.safeParse(embedded.json).data?.data[0]?.embedding : undefined;
  const ranking = ranked?.status === 200 ? Ranking.safeParse(ranked.json).data?.results : undefined;
  const score = (index: number): number => ranking?.find((one) => one.index === index)?.relevance_score ?? 0;
  return {
    embeddingSize: embedded === undefined ? undefined : (vector?.length ?? 0),
    reranks: ranked === undefined ? undefined : score(1) > score(0),
  };
}

/** A server that was given a role which it can't fill. */
function judgeRoles({ embeddingSize, reranks }: Unfinished, settings: ServerSettings): readonly ServerFinding[] {
  const findings: ServerFinding[] = [];
  if (hasRole(settings, 'embed') && embeddingSize === 0) {
    const says = 'it makes no embeddings. Start it for them (vLLM: --runner pooling; llama.cpp: --embedding).';
    findings.push({ weight: 'problem', says });
  }
  if (hasRole(settings, 'rerank') && reranks === false) {
    const says =
      'it does not rank a passage that answers before one that does not. Start it for reranking (llama.cpp: --rerank) with a reranker’s weights.';
    findings.push({ weight: 'problem', says });
  }
  return findings;
}
