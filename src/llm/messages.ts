import type { Message } from './model.ts';

/**
 * Brings messages into the one shape that every chat template accepts: at most one system message,
 * which comes first, then no two neighbours of one role. Neighbours are merged with an empty line
 * between them, system messages move to the front, blank messages are left out. Several templates
 * answer 400 ("roles must alternate") to anything else.
 */
export function alternate(messages: readonly Message[]): Message[] {
  const kept = messages.filter((message) => message.content.trim() !== '');
  const system = kept.filter((message) => message.role === 'system');
  const turns = kept.filter((message) => message.role !== 'system');
  const merged: Message[] = [];
  for (const message of [...system, ...turns]) {
    const last = merged.at(-1);
    if (last?.role === message.role) {
      merged[merged.length - 1] = { role: message.role, content: `${last.content}\n\n${message.content}` };
    } else {
      merged.push({ role: message.role, content: message.content });
    }
  }
  return merged;
}
