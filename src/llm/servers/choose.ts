import { createHash } from 'node:crypto';

/** What the choice among servers looks at. */
export type Candidate = { readonly name: string; readonly running: number; readonly callsMax: number };

/**
 * The server for a call: the one that the key belongs to, whose prefix cache knows the conversation, as long as
 * it has a free place or nobody else has one; otherwise, and without a key, the one with the least work. Keys keep
 * their server when others come and go (rendezvous hashing).
 */
export function chooseServer<Server extends Candidate>(
  servers: readonly Server[],
  affinityKey: string | undefined,
): Server | undefined {
  const [idlest] = servers.toSorted((a, b) => share(a) - share(b));
  if (affinityKey === undefined || idlest === undefined) return idlest;
  const [home] = servers.toSorted((a, b) => compare(weight(b, affinityKey), weight(a, affinityKey)));
  return home !== undefined && (share(home) < 1 || share(idlest) >= 1) ? home : idlest;
}

const share = ({ running, callsMax }: Candidate): number => running / callsMax;

const weight = ({ name }: Candidate, key: string): string =>
  createHash('sha256').update(`${name}\n${key}`).digest('hex').slice(0, 16);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
