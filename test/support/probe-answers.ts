import { z } from 'zod';
import { answer, type Reply } from './model-dialects.ts';
import type { Dialect } from './model-wire.ts';

const Chat = z.object({ messages: z.array(z.object({ content: z.string() })) });

const answers: ReadonlyMap<string, string> = new Map([
  ['Answer with the word ready.', 'ready'],
  ['Is snow white? Answer with the word yes or no.', '{"colour":"gamboge"}'],
]);

/** What a good server answers when Sidenote probes it; undefined for every other chat. */
export function probeAnswer(body: unknown, dialect: Dialect): Reply | undefined {
  const messages = Chat.safeParse(body).data?.messages;
  const text = messages?.length === 1 ? answers.get(messages[0]?.content ?? '') : undefined;
  return text === undefined ? undefined : answer(text, { dialect, usage: { prompt_tokens: 12, completion_tokens: 2 } });
}

/** The tokens of a prompt, four characters each, as a server may count them. */
export const promptTokens = (body: unknown): number =>
  Math.ceil((Chat.safeParse(body).data?.messages ?? []).reduce((sum, { content }) => sum + content.length, 0) / 4);
