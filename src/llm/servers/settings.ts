/** What a model server is used for. A server without a list of roles drafts and decides. */
export const serverRoles = ['draft', 'decide', 'embed', 'rerank'] as const;

type ServerRole = (typeof serverRoles)[number];

/** One model server as the team configured it; its key is a secret and stands elsewhere. */
export type ServerSettings = {
  /** As `parseBaseUrl` gives it. */
  readonly baseUrl: URL;
  /** `undefined`: the served model, if there is exactly one. */
  readonly model: string | undefined;
  readonly kind: 'auto' | 'openai' | 'ollama';
  /** Calls that it gets at the same time. */
  readonly callsMax: number;
  readonly roles: ReadonlySet<ServerRole>;
  /** It finishes what it has and gets nothing new. */
  readonly isDraining: boolean;
  /** The environment variable that holds its key. */
  readonly keyFrom: string;
};

/** `LLM_KIND=gguf`: a GGUF file in the place of all servers. */
export type LocalSettings = {
  readonly path: string;
  /** Threads that compute. */
  readonly threads: number;
  /** The variables that its process is given. */
  readonly environment: Readonly<Record<string, string>>;
};

/** A server as a person writes it in sidenote.yaml. */
export type ServerEntry = {
  readonly url: string;
  readonly model?: string | undefined;
  readonly kind: 'auto' | 'openai' | 'ollama';
  readonly concurrency: number;
  readonly roles: readonly ServerRole[];
  readonly keyFrom: string;
  readonly drain: boolean;
};

/** How a server is called in logs, metrics and messages: its host, with the model where one is named. */
export const serverName = ({ baseUrl, model }: ServerSettings): string =>
  model === undefined ? baseUrl.host : `${baseUrl.host} (${model})`;
