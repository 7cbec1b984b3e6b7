import { htmlToText, cleanText, quotedHistory, tidyText } from './html-to-text.ts';
import { isForward, stripReply } from './reply-text.ts';

/** A message's body: HTML, or text where Intercom gives text. */
type MessageBody = ({ readonly html: string } | { readonly text: string }) & {
  /** True when the message came by e-mail: then quoted history and signatures are stripped. */
  readonly isEmail?: boolean;
};

/**
 * The words of a message as we read them, in plain text. Never throws. A mail that would lose all its
 * words keeps them all; a forwarded mail keeps what it forwards.
 */
export function messageText(body: MessageBody): string {
  if ('text' in body) return tidyText(body.isEmail === true ? stripReply(cleanText(body.text)) : body.text);
  const all = htmlToText(body.html);
  if (body.isEmail !== true) return all;
  if (isForward(all)) return tidyText(stripReply(all));
  const own = stripReply(htmlToText(body.html, { shouldDropQuotes: true }))
    .split('\n')
    .filter((line) => line !== quotedHistory)
    .join('\n');
  return tidyText(own) || tidyText(stripReply(all));
}
