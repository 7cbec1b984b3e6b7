import type { ServerFamily } from '../family.ts';

/** What a server says of its own work: calls that it has, and tokens that it ever made. */
export type EngineSample = { readonly calls: number; readonly tokens: number };

type Names = { readonly calls: readonly string[]; readonly tokens: readonly string[] };

/**
 * Source: the metrics pages of the projects. vLLM names counters with and without `_total` by version;
 * llama.cpp has the page with `--metrics`, SGLang with `--enable-metrics`, Ollama none.
 */
const names: Readonly<Partial<Record<ServerFamily, Names>>> = {
  vllm: {
    calls: ['vllm:num_requests_running', 'vllm:num_requests_waiting'],
    tokens: [
      'vllm:generation_tokens_total',
      'vllm:generation_tokens',
      'vllm:prompt_tokens_total',
      'vllm:prompt_tokens',
    ],
  },
  sglang: {
    calls: ['sglang:num_running_reqs', 'sglang:num_queue_reqs'],
    tokens: ['sglang:generation_tokens_total', 'sglang:prompt_tokens_total'],
  },
  'llama.cpp': {
    calls: ['llamacpp:requests_processing', 'llamacpp:requests_deferred'],
    tokens: ['llamacpp:tokens_predicted_total', 'llamacpp:prompt_tokens_total', 'llamacpp:n_decode_total'],
  },
};

export const hasMetrics = (family: ServerFamily): boolean => names[family] !== undefined;

/** Reads a page in Prometheus' text format; undefined where it says nothing of calls or of tokens. */
export function readEngineSample(family: ServerFamily, page: string): EngineSample | undefined {
  const known = names[family];
  if (known === undefined) return undefined;
  const sums = new Map<string, number>();
  for (const [, name = '', value = ''] of page.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{[^\n]*\})?[ \t]+([^\s#]+)/gm)) {
    if (Number.isFinite(Number(value))) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  const sum = (wanted: readonly string[]): number | undefined => {
    const found = wanted.flatMap((name) => sums.get(name) ?? []);
    return found.length === 0 ? undefined : found.reduce((a, b) => a + b, 0);
  };
  const calls = sum(known.calls);
  const tokens = sum(known.tokens);
  return calls === undefined || tokens === undefined ? undefined : { calls, tokens };
}

/** An engine that has calls makes tokens; one that makes none for so long is stuck. */
const stuckAfterMs = 30_000;

/** Watches samples of one server for an engine that has work and does none. */
export class StuckWatch {
  #tokens: number | undefined;
  #movedAt = 0;

  /** Says for how many ms an engine with work has made no token; undefined while all is well. `now` in ms. */
  stuckForMs(sample: EngineSample, now: number): number | undefined {
    if (sample.calls === 0 || sample.tokens !== this.#tokens) {
      this.#tokens = sample.tokens;
      this.#movedAt = now;
      return undefined;
    }
    const stuckMs = now - this.#movedAt;
    return stuckMs >= stuckAfterMs ? stuckMs : undefined;
  }

  /** The next sample begins anew, however long ago the last one was. */
  reset(): void {
    this.#tokens = undefined;
  }
}
