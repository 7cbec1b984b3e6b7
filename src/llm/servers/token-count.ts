import { z } from 'zod';
import { alternate } from '../messages.ts';
import type { Message } from '../model.ts';
import type { ServerFamily } from '../family.ts';
import type { ServerHttp } from './server-http.ts';

const VllmCount = z.object({ count: z.int().positive() });
const LlamaCount = z.object({ input_tokens: z.int().positive() });

/**
 * The tokens of a prompt with its chat template, counted by the server. Only vLLM (`/tokenize`, beside the API and
 * without a key) and llama.cpp (`/chat/completions/input_tokens`) count rendered chats; undefined elsewhere and
 * whenever no count comes.
 */
export async function countTokens(
  http: ServerHttp,
  server: { readonly family: ServerFamily; readonly model: string | undefined },
  messages: readonly Message[],
  signal: AbortSignal,
): Promise<number | undefined> {
  const chat = {
    model: server.model,
    messages: alternate(messages),
    chat_template_kwargs: { enable_thinking: false },
  };
  try {
    if (server.family === 'vllm') {
      const { status, json } = await http.root('/tokenize', signal, { ...chat, add_generation_prompt: true });
      return status === 200 ? VllmCount.safeParse(json).data?.count : undefined;
    }
    if (server.family === 'llama.cpp') {
      const { status, json } = await http.api('/chat/completions/input_tokens', signal, chat);
      return status === 200 ? LlamaCount.safeParse(json).data?.input_tokens : undefined;
    }
  } catch {
    return undefined; // the draft's own call says what is wrong
  }
  return undefined;
}
