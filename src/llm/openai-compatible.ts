import { parseBaseUrl } from './base-url.ts';
import { createChatAdapter } from './chat-adapter.ts';
import type { ChatModelOptions } from './chat-adapter.ts';
import { parseChatEvent } from './chat-event.ts';
import { chatBody, chatMentions } from './chat-request.ts';
import { bodyText } from './connection.ts';
import type { ChatDialect } from './dialect.ts';
import { refusalError } from './errors.ts';
import { createEventDecoder } from './event-stream.ts';
import { ModelError } from './model.ts';
import type { LanguageModel } from './model.ts';
import { parseServedModels } from './served-models.ts';

const chatCompletions: ChatDialect = {
  chatPath: '/chat/completions',
  streamType: /^text\/event-stream\b/i,
  mentions: chatMentions,
  thinkingFields: ['chat_template_kwargs', 'reasoning_effort'],
  chatBody,
  createDecoder: createEventDecoder,
  parse: parseChatEvent,
  async listModels(connection, call, readRefusal) {
    const response = await connection.get('/models', call);
    if (response.statusCode !== 200) throw refusalError(call.context, await readRefusal(response));
    return parseServedModels(await bodyText(response, call.context), call.context);
  },
};

/**
 * The adapter for vLLM, SGLang, llama.cpp, LM Studio, LiteLLM and whatever else speaks chat completions, Ollama's
 * `/v1` included.
 *
 * @throws ModelError `config`, at once, for an address or a key that cannot work
 */
export function createOpenAiModel(options: ChatModelOptions): LanguageModel {
  const baseUrl = parseBaseUrl(options.baseUrl.href);
  if (!baseUrl.ok) throw new ModelError('config', baseUrl.reason);
  return createChatAdapter(options, chatCompletions, baseUrl.value);
}
