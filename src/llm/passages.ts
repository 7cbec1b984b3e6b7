import type { Passage } from '../domain/passage.ts';
import { estimateTokens } from './tokens.ts';
import { untrusted } from '../domain/untrusted.ts';

const oneLine = (text: string): string =>
  untrusted(text)
    .replaceAll(/["\s]+/gu, ' ')
    .trim();

/** A passage as the prompt shows it: marked as data, under the id that a draft cites it by. */
function passageText({ title, headingPath, url, text }: Passage, number: number): string {
  const path = oneLine([title, ...headingPath].join(' > '));
  const link = url === undefined ? '' : ` link="${oneLine(url)}"`;
  return `<passage id="S${number}" title="${path}"${link}>\n${untrusted(text).trim()}\n</passage>`;
}

export type ShownPassages = {
  readonly text: string;
  /** The first of those given; the others had no room. */
  readonly shown: readonly Passage[];
};

/** The passages of a prompt, best first, as many as take at most `tokensMax` by our estimate. */
export function showPassages(passages: readonly Passage[], tokensMax: number): ShownPassages {
  const texts: string[] = [];
  let tokensLeft = tokensMax;
  for (const passage of passages) {
    const text = passageText(passage, texts.length + 1);
    tokensLeft -= estimateTokens(text);
    if (tokensLeft < 0) break;
    texts.push(text);
  }
  const inside = texts.length === 0 ? '(no passage was found)' : texts.join('\n');
  return { text: `<passages>\n${inside}\n</passages>`, shown: passages.slice(0, texts.length) };
}
