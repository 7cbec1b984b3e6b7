import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseBaseUrl } from './llm/base-url.ts';
import { ggufProblem } from './llm/local/gguf-file.ts';
import type { LocalSettings, ServerEntry, ServerSettings } from './llm/servers/settings.ts';

/**
 * Settings from the environment, in two steps: `readEnv` types what is there, `parseConfig` says what it
 * means. Secrets are a value of their own, so that a config may be printed.
 */
export type Config = {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: URL | undefined;
  readonly logLevel: LogLevel;
  readonly dataDir: string;
  readonly database: DatabaseLocation;
  readonly policyPath: string;
  readonly intercom: { readonly apiUrl: URL; readonly assistantId: string | undefined; readonly timeoutMs: number };
  readonly model: {
    /** At least one, except for a command that needs none and where there is a local model. */
    readonly servers: readonly ServerSettings[];
    /** A model on this machine, in the place of servers. */
    readonly local: LocalSettings | undefined;
    readonly timeoutMs: number;
  };
  readonly quietPeriodMs: number;
};

type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  /** The URL may hold a password and is in the secrets. */
  | { readonly kind: 'postgres' };

export type Secrets = {
  readonly intercomToken: string;
  /** Where the token stands in a file, which may change while Sidenote runs. */
  readonly intercomTokenPath: string | undefined;
  readonly clientSecrets: readonly string[];
  /** The keys of the model servers, by the variable that holds them, as they were at the start. */
  readonly modelKeys: ReadonlyMap<string, string>;
  readonly databaseUrl: string | undefined;
  /** Who knows it may pause and resume over HTTP; undefined: nobody. */
  readonly controlToken: string | undefined;
};

type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Every setting that is missing or wrong, a sentence each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Collects what is wrong while it reads, so that all problems are told at once. */
class SettingsReader {
  readonly problems: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  text(name: string): string | undefined {
    return this.#environment[name]?.trim() || undefined;
  }

  /** Those of these variables that are set. */
  some(names: readonly string[]): Readonly<Record<string, string>> {
    return Object.fromEntries(names.flatMap((name) => (this.text(name) ? [[name, this.text(name) ?? '']] : [])));
  }

  /** A secret may also stand in a file, as container platforms give it: `NAME_FILE`. */
  secret(name: string): string | undefined {
    const path = this.text(`${name}_FILE`);
    const direct = this.text(name);
    if (path === undefined) return direct;
    if (direct !== undefined) {
      this.problems.push(`Set either ${name} or ${name}_FILE, not both.`);
      return direct;
    }
    try {
      return readFileSync(path, 'utf8').trim() || undefined;
    } catch {
      this.problems.push(`${name}_FILE names ${path}, which can't be read: check the path and its permissions.`);
      return undefined;
    }
  }

  required(name: string, value: string | undefined, where: string): void {
    const isTold = this.problems.some((problem) => problem.includes(name));
    if (value === undefined && !isTold) this.problems.push(`${name} is not set: ${where}.`);
  }

  integer(name: string, fallback: number, min: number, max: number): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    this.problems.push(`${name} is "${text}": it must be a whole number from ${min} to ${max}.`);
    return fallback;
  }

  /** Intercom's id of a teammate: digits alone. */
  teammateId(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined || /^\d+$/.test(text)) return text;
    this.problems.push(`${name} is "${text}": it must be the id of a teammate, which is a number such as 9912670.`);
    return undefined;
  }

  choice<Value extends string>(name: string, fallback: Value, values: readonly Value[]): Value {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const found = values.find((value) => value === text);
    if (found === undefined) this.problems.push(`${name} is "${text}": it must be one of ${values.join(', ')}.`);
    return found ?? fallback;
  }

  /** A URL whose path, if it has one, would be of no effect. */
  origin(name: string, fallback: string): URL | undefined {
    const url = this.url(name, fallback);
    if (url === undefined || (url.pathname === '/' && url.search === '' && url.hash === '')) return url;
    this.problems.push(`${name} is "${url.href}": give the address alone, without a path, as ${url.origin}.`);
    return undefined;
  }

  url(name: string, fallback: string | undefined): URL | undefined {
    const text = this.text(name) ?? fallback;
    if (text === undefined) return undefined;
    const url = URL.parse(text);
    if (url !== null && (url.username !== '' || url.password !== '')) {
      this.problems.push(`${name} must not hold a name or a password.`);
      return undefined;
    }
    if (url !== null && /^https?:$/.test(url.protocol)) return url;
    this.problems.push(`${name} is "${text}": it must be a URL that begins with http:// or https://.`);
    return undefined;
  }
}

const placeholderUrl = new URL('http://invalid.example');

function readModel(reader: SettingsReader, isNeeded: boolean, listed: readonly ServerEntry[]): Config['model'] {
  const local = listed.length > 0 ? undefined : readLocalModel(reader);
  // A processor takes its time: minutes for what a graphics card does in seconds.
  const timeoutMs = reader.integer('LLM_TIMEOUT_MS', local === undefined ? 60_000 : 600_000, 1000, 3_600_000);
  if (local !== undefined) return { servers: [], local, timeoutMs };
  const fromEnvironment = readServers(reader, isNeeded && listed.length === 0);
  const servers = listed.length > 0 ? listed.flatMap(toServer) : fromEnvironment;
  if (isNeeded && servers.length > 0 && !servers.some(({ roles }) => roles.has('draft'))) {
    reader.problems.push('No server under "models" in sidenote.yaml has the role draft: give it to one of them.');
  }
  return { servers, local, timeoutMs };
}

const kinds = ['auto', 'openai', 'ollama', 'gguf'] as const;

/** What a process needs to find its libraries and the graphics card. */
const workerVariables = ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'SystemRoot', 'TEMP'];

/** `LLM_KIND=gguf`: the file that LLM_MODEL names is the model. */
function readLocalModel(reader: SettingsReader): LocalSettings | undefined {
  if (reader.text('LLM_KIND') !== 'gguf') return undefined;
  const threads = reader.integer('LLM_THREADS', Math.max(1, availableParallelism() - 1), 1, 1024);
  const path = reader.text('LLM_MODEL');
  reader.required('LLM_MODEL', path, 'with LLM_KIND=gguf, give the path of a GGUF file');
  const problem = path === undefined ? undefined : ggufProblem('LLM_MODEL', path);
  if (problem !== undefined) reader.problems.push(problem);
  if (reader.text('LLM_BASE_URL') !== undefined) {
    reader.problems.push('LLM_KIND=gguf runs the model on this machine: take away LLM_BASE_URL, or LLM_KIND.');
  }
  return { path: resolve(path ?? ''), threads, environment: reader.some(workerVariables) };
}

/** The servers of LLM_BASE_URL, which share all other settings. */
function readServers(reader: SettingsReader, isNeeded: boolean): readonly ServerSettings[] {
  const addresses = (reader.text('LLM_BASE_URL') ?? '').split(',').map((address) => address.trim());
  const given = addresses.filter((address) => address !== '');
  if (given.length === 0 && isNeeded) {
    reader.required('LLM_BASE_URL', undefined, 'give the address of your model server, such as http://gpu:8000/v1');
  }
  const shared = {
    model: reader.text('LLM_MODEL'),
    kind: toServerKind(reader.choice('LLM_KIND', 'auto', kinds)),
    callsMax: reader.integer('LLM_CONCURRENCY', 8, 1, 1000),
    roles: new Set(['draft', 'decide'] as const),
    isDraining: false,
    keyFrom: 'LLM_API_KEY',
  };
  return given.flatMap((address) => {
    const parsed = parseBaseUrl(address);
    if (!parsed.ok) reader.problems.push(`LLM_BASE_URL: ${parsed.reason}`);
    return parsed.ok ? [{ ...shared, baseUrl: parsed.value }] : [];
  });
}

/** Where sidenote.yaml lists servers, `gguf` is not asked for any more. */
const toServerKind = (kind: (typeof kinds)[number]): ServerSettings['kind'] => (kind === 'gguf' ? 'auto' : kind);

/** A line of sidenote.yaml, whose address was checked when the file was read. */
function toServer({ url, model, kind, concurrency, roles, keyFrom, drain }: ServerEntry): readonly ServerSettings[] {
  const parsed = parseBaseUrl(url);
  if (!parsed.ok) return [];
  return [
    { baseUrl: parsed.value, model, kind, callsMax: concurrency, roles: new Set(roles), isDraining: drain, keyFrom },
  ];
}

function readDatabase(reader: SettingsReader, dataDir: string, url: string | undefined): DatabaseLocation {
  if (url === undefined) return { kind: 'sqlite', path: join(dataDir, 'sidenote.sqlite') };
  const path = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : '';
  if (path !== '') return { kind: 'sqlite', path: resolve(path) };
  if (!/^postgres(?:ql)?:\/\//.test(url) || !URL.canParse(url)) {
    reader.problems.push('DATABASE_URL must be sqlite:PATH or postgres://user:password@host:port/database.');
  }
  return { kind: 'postgres' };
}

/** The model servers with their keys, which may change while Sidenote runs. */
export type ModelSettings = { readonly model: Config['model']; readonly modelKeys: Secrets['modelKeys'] };

/** Many servers need no key, so the one that no line of sidenote.yaml has to name may be missing. */
function reportUnsetKey(reader: SettingsReader, name: string): void {
  const isSet = reader.text(name) !== undefined || reader.text(`${name}_FILE`) !== undefined;
  if (isSet || name === 'LLM_API_KEY') return;
  reader.problems.push(
    `${name} is not set, and keyFrom in sidenote.yaml names it: set it or ${name}_FILE and restart, or correct the name.`,
  );
}

function readModelSettings(reader: SettingsReader, isNeeded: boolean, listed: readonly ServerEntry[]): ModelSettings {
  const model = readModel(reader, isNeeded, listed);
  const keyNames = new Set(model.servers.map(({ keyFrom }) => keyFrom));
  for (const name of isNeeded ? keyNames : []) reportUnsetKey(reader, name);
  return { model, modelKeys: new Map([...keyNames].flatMap((name) => keyed(name, reader.secret(name)))) };
}

/** Which settings a command can't do without; all others may be missing, not wrong. */
export type Needs = { readonly intercom: boolean; readonly model: boolean };

function readSecrets(reader: SettingsReader, isIntercomNeeded: boolean, modelKeys: Secrets['modelKeys']): Secrets {
  const token = reader.secret('INTERCOM_TOKEN');
  const clientSecrets = (reader.secret('INTERCOM_CLIENT_SECRET') ?? '').split(',').map((secret) => secret.trim());
  const secrets: Secrets = {
    intercomToken: token ?? '',
    intercomTokenPath: reader.text('INTERCOM_TOKEN_FILE'),
    clientSecrets: clientSecrets.filter((secret) => secret !== ''),
    modelKeys,
    databaseUrl: reader.secret('DATABASE_URL'),
    controlToken: reader.secret('CONTROL_TOKEN'),
  };
  if (isIntercomNeeded) {
    reader.required(
      'INTERCOM_TOKEN',
      token,
      'copy the access token from your app’s Authentication page in the Developer Hub',
    );
    const where = 'copy it from your app’s Basic information page in the Developer Hub';
    reader.required('INTERCOM_CLIENT_SECRET', secrets.clientSecrets[0], where);
  }
  return secrets;
}

const keyed = (name: string, key: string | undefined): readonly (readonly [string, string])[] =>
  key === undefined ? [] : [[name, key]];

export type ParsedConfig = {
  readonly config: Config;
  readonly secrets: Secrets;
  /** The model servers for another list in sidenote.yaml; files with keys are read again. @throws ConfigError */
  readonly rereadModels: (listed: readonly ServerEntry[]) => ModelSettings;
};

/** `listed` are the model servers of sidenote.yaml. @throws ConfigError with every problem at once. */
export function parseConfig(environment: Environment, needs: Needs, listed: readonly ServerEntry[] = []): ParsedConfig {
  const reader = new SettingsReader(environment);
  const dataDir = resolve(reader.text('DATA_DIR') ?? './data');
  const { model, modelKeys } = readModelSettings(reader, needs.model, listed);
  const secrets = readSecrets(reader, needs.intercom, modelKeys);
  const config: Config = {
    host: reader.text('HOST') ?? '127.0.0.1',
    port: reader.integer('PORT', 3000, 0, 65_535),
    publicUrl: reader.url('PUBLIC_URL', undefined),
    logLevel: reader.choice('LOG_LEVEL', 'info', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    dataDir,
    database: readDatabase(reader, dataDir, secrets.databaseUrl),
    policyPath: resolve(reader.text('SIDENOTE_CONFIG') ?? './sidenote.yaml'),
    intercom: {
      apiUrl: reader.origin('INTERCOM_API_URL', 'https://api.intercom.io') ?? placeholderUrl,
      assistantId: reader.teammateId('INTERCOM_ADMIN_ID'),
      timeoutMs: 15_000,
    },
    model,
    quietPeriodMs: reader.integer('QUIET_PERIOD_MS', 1500, 0, 600_000),
  };
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  const rereadModels = (relisted: readonly ServerEntry[]): ModelSettings => {
    const again = new SettingsReader(environment);
    const settings = readModelSettings(again, needs.model, relisted);
    if (again.problems.length > 0) throw new ConfigError(again.problems);
    return settings;
  };
  return { config, secrets, rereadModels };
}
