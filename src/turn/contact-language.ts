import type { Conversation } from '../domain/conversation.ts';
import { recentHistory } from '../domain/history.ts';
import { comments } from '../domain/standing.ts';
import { detectLanguage } from '../lib/language.ts';

/** What the contact writes in, as ISO 639-1: by the newest messages, else by all they wrote. */
export async function contactLanguage(conversation: Conversation): Promise<string | undefined> {
  const { open } = recentHistory(conversation, 1);
  const newest = await detectLanguage(open.map((part) => part.text).join('\n'));
  if (newest !== undefined) return newest;
  const all = comments(conversation).filter((part) => part.author.kind === 'contact');
  return await detectLanguage(all.map((part) => part.text).join('\n'));
}
