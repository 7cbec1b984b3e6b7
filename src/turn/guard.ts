import { createHmac } from 'node:crypto';
import type { Secrets } from '../config.ts';
import type { ConversationId } from '../domain/ids.ts';
import { secretFrom } from '../lib/secret-file.ts';

/** What no draft may hold. */
export type Guard = {
  /**
   * A word that stands in the system message of every prompt about a conversation, and nowhere else: an answer that
   * holds it repeats its instructions. It stays the same for a conversation, so that its prompts keep their beginning.
   */
  readonly promptMarkOf: (conversationId: ConversationId) => string;
  /** The values of the settings that are secret, as they are now. */
  readonly secrets: () => readonly string[];
};

const promptMarkChars = 20;

/** Shorter values, as a test's password, stand in ordinary words. */
const secretCharsMin = 8;

function passwordOf(databaseUrl: string | undefined): string {
  const password = URL.parse(databaseUrl ?? '')?.password ?? '';
  try {
    return decodeURIComponent(password);
  } catch {
    return password; // a per cent sign that is only itself
  }
}

/** `modelKeys` are those of the model servers now; `key` is random and secret: who knows it can tell the marks. */
export function createGuard(settings: Secrets, modelKeys: () => readonly string[], key: Uint8Array): Guard {
  const token = secretFrom(settings.intercomTokenPath, settings.intercomToken);
  const fixed = [...settings.clientSecrets, passwordOf(settings.databaseUrl), settings.controlToken ?? ''];
  return {
    promptMarkOf: (conversationId) =>
      createHmac('sha256', key).update(conversationId).digest('hex').slice(0, promptMarkChars),
    secrets: () => [token(), ...fixed, ...modelKeys()].filter((secret) => secret.length >= secretCharsMin),
  };
}
