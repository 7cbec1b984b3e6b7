import type { Dispatcher } from 'undici';
import { startDeadline } from '../lib/deadline.ts';
import { readBytes } from '../lib/read-text.ts';

/** How we call ourselves to web sites, and in robots.txt. */
export const agentName = 'sidenote';
const userAgent = `${agentName} (reads a team's own help pages)`;

/** What a site gave for an address. */
export type Fetched =
  | {
      readonly kind: 'page';
      readonly text: string;
      readonly contentType: string;
      readonly validator: string | undefined;
    }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'moved'; readonly to: URL }
  | { readonly kind: 'gone' }
  /** `why`: a sentence for people. */
  | { readonly kind: 'failed'; readonly why: string };

export type FetchPage = (url: URL, validator: string | undefined, signal: AbortSignal) => Promise<Fetched>;

const pageBytesMax = 5 * 1024 * 1024;
const timeoutMs = 20_000;

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

/** `etag` and `last-modified` in one text, to be sent back with the next request. */
const validatorOf = (headers: Dispatcher.ResponseData['headers']): string | undefined => {
  const told = [single(headers['etag']) ?? '', single(headers['last-modified']) ?? ''];
  return told.some((value) => value !== '') ? told.join('\n') : undefined;
};

function conditions(validator: string | undefined): Record<string, string> {
  const [etag = '', modified = ''] = (validator ?? '\n').split('\n');
  return {
    ...(etag === '' ? {} : { 'if-none-match': etag }),
    ...(modified === '' ? {} : { 'if-modified-since': modified }),
  };
}

function decode(bytes: Buffer, contentType: string): string {
  const named = /charset=["']?([\w-]+)/i.exec(contentType)?.[1];
  const declared = /<meta[^>]{1,200}charset=["']?([\w-]+)/i.exec(bytes.subarray(0, 2048).toString('latin1'))?.[1];
  try {
    return new TextDecoder(named ?? declared ?? 'utf-8').decode(bytes);
  } catch {
    return bytes.toString('utf8'); // an encoding that nobody knows
  }
}

async function toFetched(url: URL, response: Dispatcher.ResponseData): Promise<Fetched> {
  const { statusCode: status, headers, body } = response;
  if (status === 200) {
    const contentType = single(headers['content-type']) ?? '';
    const text = decode(await readBytes(body, pageBytesMax), contentType);
    return { kind: 'page', text, contentType: contentType.toLowerCase(), validator: validatorOf(headers) };
  }
  await body.dump();
  if (status === 304) return { kind: 'unchanged' };
  if (status === 404 || status === 410) return { kind: 'gone' };
  const to = URL.parse(single(headers['location']) ?? '', url.href);
  if (status >= 300 && status < 400 && to !== null) return { kind: 'moved', to };
  return { kind: 'failed', why: `The site answered ${status}.` };
}

/** Asks for pages one at a time through `dispatcher`; redirects are told and not followed. Never throws, but when aborted. */
export const createFetchPage =
  (dispatcher: Dispatcher): FetchPage =>
  async (url, validator, signal) => {
    using deadline = startDeadline(timeoutMs, signal);
    try {
      const response = await dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { 'user-agent': userAgent, accept: 'text/html,*/*;q=0.5', ...conditions(validator) },
        signal: deadline.signal,
      });
      return await toFetched(url, response);
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
      return { kind: 'failed', why: deadline.hasPassed ? `It did not answer within ${timeoutMs} ms.` : `${why}.` };
    }
  };
