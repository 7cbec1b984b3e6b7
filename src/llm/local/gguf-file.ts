import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';

/** The first four bytes of every GGUF file; see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. */
const magic = 'GGUF';

/** Why this file can't be a local model, in a sentence that begins with `setting`; undefined when it may be one. */
export function ggufProblem(setting: string, path: string): string | undefined {
  const start = readStart(path);
  if (start === undefined) {
    return `${setting} names ${path}, which can't be read as a file: give the path of a GGUF file and check its permissions.`;
  }
  if (start === magic) return undefined;
  return `${setting} names ${path}, which is not a GGUF file: download the weights in the GGUF format, which llama.cpp reads.`;
}

/** What the model is called in notes and metrics: its file's name. */
export const localModelName = (path: string): string => basename(path).replace(/\.gguf$/i, '');

function readStart(path: string): string | undefined {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(magic.length);
      readSync(file, bytes, 0, magic.length, 0);
      return bytes.toString('latin1');
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
