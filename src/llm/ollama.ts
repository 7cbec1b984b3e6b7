import { parseBaseUrl, serverRoot } from './base-url.ts';
import { createChatAdapter } from './chat-adapter.ts';
import type { ChatModelOptions } from './chat-adapter.ts';
import type { ChatDialect } from './dialect.ts';
import { createLineDecoder } from './event-stream.ts';
import { ModelError } from './model.ts';
import type { LanguageModel } from './model.ts';
import { parseOllamaLine } from './ollama-event.ts';
import { createOllamaModels } from './ollama-models.ts';
import { ollamaBody, ollamaMentions } from './ollama-request.ts';

function ollamaDialect(now: () => number): ChatDialect {
  const models = createOllamaModels(now);
  return {
    chatPath: '/api/chat',
    streamType: /^application\/(x-ndjson|json-?lines)\b/i,
    mentions: ollamaMentions,
    thinkingFields: ['think'],
    windowTokens: (connection, model, call) => models.windowTokens(connection, model, call),
    chatBody: ollamaBody,
    createDecoder: createLineDecoder,
    parse: parseOllamaLine,
    listModels: (connection, call) => models.list(connection, call),
  };
}

/**
 * The adapter for Ollama's own API. Its `/v1` can't be told how large the window shall be, and cuts what does not
 * fit without a word; see docs/decisions/0011-ollama-natively.md.
 *
 * @throws ModelError `config`, at once, for an address or a key that cannot work
 */
export function createOllamaModel(options: ChatModelOptions): LanguageModel {
  const baseUrl = parseBaseUrl(options.baseUrl.href);
  if (!baseUrl.ok) throw new ModelError('config', baseUrl.reason);
  return createChatAdapter(options, ollamaDialect(options.now), serverRoot(baseUrl.value));
}
