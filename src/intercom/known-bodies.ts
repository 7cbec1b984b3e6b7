import { messageText } from './message-text.ts';

/** A body as Intercom gives it, always HTML. */
type HtmlBody = { readonly html: string; readonly isEmail: boolean };

/** Gives the words of a body; see `messageText`. */
export type ReadBody = (body: HtmlBody) => string;

/**
 * A turn reads its conversation three times within seconds: when it gathers, at the last look and in the answer to its
 * post. The bodies that were read last are kept, up to `charsMax` of HTML, so that each is turned into text once.
 */
export function createBodyReader(charsMax: number): ReadBody {
  const known = new Map<string, string>();
  let chars = 0;
  return ({ html, isEmail }) => {
    const key = `${isEmail ? 'e' : 'm'}${html}`;
    const text = known.get(key) ?? messageText({ html, isEmail });
    if (known.delete(key)) chars -= key.length;
    known.set(key, text); // at the end: the oldest use stands first
    chars += key.length;
    for (const oldest of known.keys()) {
      if (chars <= charsMax) break;
      known.delete(oldest);
      chars -= oldest.length;
    }
    return text;
  };
}
