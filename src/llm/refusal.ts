import { z } from 'zod';

/** What a server said when it did not answer, whatever shape it chose for it. */
export type Refusal = {
  /** HTTP status, or the `code` of an error inside a stream; `undefined` when there is none. */
  readonly status: number | undefined;
  /** The server's own words, unshortened. They may quote the prompt: see `quote` in errors.ts. */
  readonly words: string;
  readonly type: string | undefined;
  /** The field that the server objects to, where it names one. */
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;
};

const Detail = z.object({
  message: z.string().nullish().catch(undefined),
  type: z.string().nullish().catch(undefined),
  param: z.string().nullish().catch(undefined),
  code: z.union([z.number(), z.string()]).nullish().catch(undefined),
});

const Body = Detail.extend({
  error: z.union([z.string(), Detail]).nullish().catch(undefined),
  detail: z.string().nullish().catch(undefined),
});

/**
 * Reads an error body. Seen in the wild: `{"error":{message,type,param,code}}` (vLLM, Ollama,
 * llama.cpp), the same fields without the envelope (older vLLM), `{"error":"text"}` (vLLM's 401,
 * TGI), `{"detail":"text"}` (FastAPI, for an unknown path), plain text and a proxy's HTML page.
 */
export function parseRefusal(
  text: string,
  answer: { readonly status: number | undefined; readonly retryAfterMs?: number | undefined },
): Refusal {
  const { status, retryAfterMs } = answer;
  const parsed = Body.safeParse(parseJson(text));
  if (!parsed.success) return { status, words: plainWords(text), type: undefined, param: undefined, retryAfterMs };
  const body = parsed.data;
  const error = typeof body.error === 'string' ? { message: body.error } : (body.error ?? body);
  const { type, param, code }: z.infer<typeof Detail> = error;
  return {
    status: status ?? statusOf(code),
    words: error.message ?? body.detail ?? plainWords(text),
    type: type ?? undefined,
    param: param ?? undefined,
    retryAfterMs,
  };
}

/** JSON as a value; `undefined` where it is none. The parser's own error quotes the text, so nobody gets it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The wait that a `Retry-After` header asks for, in ms: it holds seconds or an HTTP date
 * (RFC 9110, 10.2.3). `undefined` without a header or with one that cannot be read.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function statusOf(code: string | number | null | undefined): number | undefined {
  const status = Number(code ?? Number.NaN);
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}

function plainWords(text: string): string {
  return /^\s*<(!doctype|html|head|body)/i.test(text) ? 'an HTML page' : text;
}
