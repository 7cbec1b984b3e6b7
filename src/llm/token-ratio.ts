/** Ratios kept for each model: enough for a percentile, little enough to follow a change of language or model. */
const samplesMax = 200;
const samplesMin = 5;

/**
 * No tokenizer gives more than about 6 characters of plain text to a token: fewer tokens than half of our
 * estimate (3 characters a token) were not the whole prompt.
 */
const ratioMin = 0.5;

/**
 * Learns how many tokens a model really makes of a prompt, as a ratio to our estimate: by its upper end prompts are
 * planned, by its lower end a prompt is recognised that the server did not read whole.
 */
export class TokenRatio {
  #samples: readonly number[] = [];

  /** `counted` as the server reports it for a prompt that we took for `estimated` tokens. */
  learn(estimated: number, counted: number): void {
    const ratio = counted / estimated;
    if (!Number.isFinite(ratio) || ratio < ratioMin) return;
    this.#samples = [...this.#samples.slice(1 - samplesMax), ratio];
  }

  /** A prompt rarely takes more than this times the estimate. */
  get upper(): number {
    return this.#samples.length < samplesMin ? 1 : percentile(this.#samples, 0.95);
  }

  /** A prompt rarely takes less than this times the estimate. */
  get lower(): number {
    return this.#samples.length < samplesMin ? ratioMin : percentile(this.#samples, 0.05);
  }
}

/** What is learnt of each model that answered lately, since servers may serve several. */
export class TokenRatios {
  #ofModels: ReadonlyMap<string, TokenRatio> = new Map();
  /** The models of the newest answers: who is not among them is forgotten. */
  #recent: readonly string[] = [];

  /** `model` is the name that came with the answer; see `TokenRatio.learn`. */
  learn(model: string, estimated: number, counted: number): void {
    const ratio = this.of(model);
    ratio.learn(estimated, counted);
    this.#recent = [...this.#recent.slice(1 - samplesMax), model];
    const known = [...this.#ofModels].filter(([name]) => this.#recent.includes(name));
    this.#ofModels = new Map([...known, [model, ratio]]);
  }

  of(model: string): TokenRatio {
    return this.#ofModels.get(model) ?? new TokenRatio();
  }

  /** A prompt rarely takes more than this times the estimate, whichever of them reads it. */
  get upper(): number {
    const known = [...this.#ofModels.values()];
    return known.length === 0 ? 1 : Math.max(...known.map(({ upper }) => upper));
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 1;
}
