import { readFileSync } from 'node:fs';

/**
 * A secret that is read from its file for each use, so that a new one needs no restart. `known` holds where the file
 * is missing or empty, as for a moment while it is written anew.
 */
export function secretFrom(path: string | undefined, known: string): () => string {
  let latest = known;
  return () => {
    if (path !== undefined) latest = readSecretFile(path) ?? latest;
    return latest;
  };
}

/** The file's text without white space around it; undefined when there is none. */
function readSecretFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
