import { z } from 'zod';
import { startDeadline } from '../lib/deadline.ts';
import { bodyText } from './connection.ts';
import type { Connection } from './connection.ts';
import { parseJson } from './refusal.ts';

/** A server that takes longer to say its version is asked again at the next call. */
const detectionMs = 3000;

const Version = z.object({ version: z.string() });

/** Whether a server is Ollama; undefined as long as it does not answer. Never throws. */
export type OllamaDetector = (signal: AbortSignal) => Promise<boolean | undefined>;

/** Asks for `/api/version`, which only Ollama answers with a version, until there is an answer. */
export function createOllamaDetector(root: Connection): OllamaDetector {
  let known: boolean | undefined;
  return async (callerSignal) => {
    if (known !== undefined) return known;
    using deadline = startDeadline(detectionMs, callerSignal);
    const call = { signal: deadline.signal, context: { host: root.host, promptTexts: [] } };
    try {
      const response = await root.get('/api/version', call);
      const hasVersion = Version.safeParse(parseJson(await bodyText(response, call.context))).success;
      known = response.statusCode === 200 && hasVersion;
    } catch {
      return undefined;
    }
    return known;
  };
}
