import { z } from 'zod';
import type { ModelServer } from './model-server.ts';

const Chat = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) });

export type PromptMessage = { readonly role: string; readonly content: string };

/** The messages of a chat request as the model server got it. */
export const messagesOf = (body: unknown): readonly PromptMessage[] => Chat.parse(body).messages;

/** The last message of a prompt: what the contact asks, and the task. */
export const lastMessageOf = (body: unknown): string => messagesOf(body).at(-1)?.content ?? '';

/** What the contact asks now, by a chat request's body: its last message less the task. */
export const askedOf = (body: unknown): string => lastMessageOf(body).split('\n\n(Task from the support team')[0] ?? '';

/** The prompts that the model server got, each as `role: content` lines without the system message and the task. */
export const conversationsAsked = ({ chats }: ModelServer): readonly (readonly string[])[] =>
  chats.map(({ body }) => {
    const history = messagesOf(body).slice(1, -1);
    return [...history.map(({ role, content }) => `${role}: ${content}`), `asked: ${askedOf(body)}`];
  });
