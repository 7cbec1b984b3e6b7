import type { ServerFamily } from '../family.ts';

/** Something about a server that a person should know. `problem`: drafts fail or are worse until it is mended. */
export type ServerFinding = { readonly weight: 'problem' | 'remark'; readonly says: string };

/** What a probe found. `undefined` is "not known", never "no". */
export type ServerFacts = {
  readonly family: ServerFamily;
  readonly version: string | undefined;
  readonly servedModels: readonly string[];
  /** The model that calls go to. */
  readonly model: string | undefined;
  readonly windowTokens: number | undefined;
  /** From the request to the first word of a one-word answer. */
  readonly firstWordMs: number | undefined;
  readonly isThinkingOff: boolean | undefined;
  readonly obeysSchema: boolean | undefined;
  readonly givesProbabilities: boolean | undefined;
  readonly countsTokens: boolean | undefined;
  /** Numbers in a vector; 0 where it makes none. */
  readonly embeddingSize: number | undefined;
  readonly reranks: boolean | undefined;
  readonly findings: readonly ServerFinding[];
};

const familyNames: Readonly<Record<ServerFamily, string>> = {
  vllm: 'vLLM',
  sglang: 'SGLang',
  'llama.cpp': 'llama.cpp',
  ollama: 'Ollama',
  'lm-studio': 'LM Studio',
  litellm: 'LiteLLM',
  local: 'the local model of this machine',
  other: 'an OpenAI-compatible server',
};

function said(value: boolean | undefined): string {
  if (value === undefined) return 'not known';
  return value ? 'yes' : 'no';
}

/** The facts as lines for people: what it is, what it can do, what is wrong. */
export function describeFacts(name: string, facts: ServerFacts): readonly string[] {
  const [first, ...findings] = facts.findings;
  // Without a model nothing else is known.
  if (facts.model === undefined && first !== undefined) return [`${name}: ${first.says}`, ...findings.map(findingLine)];
  return [identityLine(name, facts), abilitiesLine(facts), ...facts.findings.map(findingLine)];
}

const findingLine = ({ weight, says }: ServerFinding): string => `${weight}: ${says}`;

function identityLine(name: string, facts: ServerFacts): string {
  const version = facts.version === undefined ? '' : ` ${facts.version}`;
  const window =
    facts.windowTokens === undefined ? 'context window not told' : `context window ${facts.windowTokens} tokens`;
  const speed = facts.firstWordMs === undefined ? '' : `, first word after ${Math.round(facts.firstWordMs)} ms`;
  return `${name} is ${familyNames[facts.family]}${version} and serves ${facts.model ?? 'no model'}, ${window}${speed}`;
}

function abilitiesLine(facts: ServerFacts): string {
  const embeds = facts.embeddingSize === undefined ? undefined : facts.embeddingSize > 0;
  const abilities: readonly (readonly [string, boolean | undefined])[] = [
    ['thinking off', facts.isThinkingOff],
    ['JSON schema obeyed', facts.obeysSchema],
    ['probabilities', facts.givesProbabilities],
    ['counts tokens', facts.countsTokens],
    ['embeddings', embeds],
    ['rerank', facts.reranks],
  ];
  return abilities.map(([ability, value]) => `${ability}: ${said(value)}`).join('; ');
}
