/** One token of an answer, with the likeliest tokens at its place, itself among them or not. */
export type TokenChance = {
  readonly token: string;
  readonly logprob: number;
  readonly alternatives: readonly { readonly token: string; readonly logprob: number }[];
};

export type Choices = { readonly field: string; readonly values: readonly string[] };

/** Below this much of the whole, the model wanted to say something else, and the rest tells nothing. */
const knownShareMin = 0.5;

/**
 * How likely each value was when the model wrote the field that decides: a walk along the tokens of the written
 * value, at each of which the other likely tokens lead to other values. Spellings that differ in case alone count
 * together, because servers tell the probabilities from before the grammar took its part. The values' shares are made
 * to add up to 1. `undefined` where the tokens hold no such field, or other words were likelier than all the values.
 */
export function choiceProbabilities(
  tokens: readonly TokenChance[],
  choices: Choices,
): ReadonlyMap<string, number> | undefined {
  const text = tokens.map(({ token }) => token).join('');
  const start = valueStart(text, choices.field);
  if (start === undefined) return undefined;
  const shares = new Map<string, number>(choices.values.map((value) => [value, 0]));
  let candidates = choices.values;
  let pathShare = 1;
  let tokenStart = 0;
  for (const { token, logprob, alternatives } of tokens) {
    const tokenEnd = tokenStart + token.length;
    if (tokenEnd > start) {
      const written = text.slice(start, Math.max(start, tokenStart));
      const lead = text.slice(tokenStart, Math.max(start, tokenStart));
      for (const other of alternatives) {
        if (other.token === token || !other.token.startsWith(lead)) continue;
        const led = leadsTo(written + other.token.slice(lead.length), candidates);
        for (const value of led) add(shares, value, (pathShare * Math.exp(other.logprob)) / led.length);
      }
      candidates = leadsTo(written + token.slice(lead.length), candidates);
      pathShare *= Math.exp(logprob);
      if (candidates.length <= 1) break;
    }
    tokenStart = tokenEnd;
  }
  for (const value of candidates) add(shares, value, pathShare / candidates.length);
  return normalised(shares);
}

/** Where the value of a field begins, behind its quotation mark: in the last such field, since reasoning may hold others. */
function valueStart(text: string, field: string): number | undefined {
  const key = JSON.stringify(field);
  const keyAt = text.lastIndexOf(key);
  if (keyAt === -1) return undefined;
  const opening = /^\s*:\s*"/.exec(text.slice(keyAt + key.length));
  return opening === null ? undefined : keyAt + key.length + opening[0].length;
}

/** The values that a text may become or has become; what follows the closing quotation mark does not count. */
function leadsTo(written: string, values: readonly string[]): readonly string[] {
  const close = written.indexOf('"');
  const said = (close === -1 ? written : written.slice(0, close)).trimStart().toLowerCase();
  if (said === '') return [];
  return values.filter((value) => (close === -1 ? value.toLowerCase().startsWith(said) : value.toLowerCase() === said));
}

function add(shares: Map<string, number>, value: string, share: number): void {
  shares.set(value, (shares.get(value) ?? 0) + share);
}

function normalised(shares: ReadonlyMap<string, number>): ReadonlyMap<string, number> | undefined {
  const sum = shares.values().reduce((total, share) => total + share, 0);
  if (!(sum >= knownShareMin) || !Number.isFinite(sum)) return undefined;
  return new Map(shares.entries().map(([value, share]) => [value, share / sum]));
}
