import { z } from 'zod';
import { OutboundRefused } from '../lib/outbound.ts';
import { ModelError } from './model.ts';
import type { ModelErrorKind } from './model.ts';
import type { Refusal } from './refusal.ts';
import { remedyFor } from './remedies.ts';

export type TimeoutKind = Extract<ModelErrorKind, `${string}-timeout`>;

/** What the errors of one call need to know. */
export type CallContext = {
  /** Host and port of the server, for the sentence. */
  readonly host: string;
  /** The prompt: whatever a server repeats of it is kept out of every message. */
  readonly promptTexts: readonly string[];
};

const wordsCharsMax = 300;

/** The texts of vLLM, SGLang, Ollama and llama.cpp for a prompt that does not fit, and gateways that wrap them. */
const tooLong =
  /exceed_context_size|maximum context length|context length is only|longer than the (model's |maximum )?context|exceeds the available context|exceeds? the (model's )?maximum|cannot be greater than max_model_len|prompt is too long|prompt is longer than|input length exceeds|greater than the context length|is too large to process|context_length_exceeded/i;

/** The error for a server that answered, and said no. */
export function refusalError(context: CallContext, refusal: Refusal): ModelError {
  const { status, retryAfterMs } = refusal;
  const kind = kindOf(refusal);
  const said = `${status ?? 'inside the stream'}${quote(refusal.words, context.promptTexts)}`;
  return new ModelError(kind, refusalSentence(kind, refusal, `The model server ${context.host}`, said), {
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function kindOf({ status, words, type }: Refusal): ModelErrorKind {
  const isAboutInput = status === undefined || [400, 413, 422, 500].includes(status);
  if (isAboutInput && tooLong.test(`${type} ${words}`)) return 'too-long';
  if (status === 413) return 'too-long';
  if (status === 429) return 'busy';
  if (status === 503) return /\bloading\b/i.test(words) ? 'loading' : 'busy';
  if (status === 408) return 'busy';
  return status === undefined || status >= 500 ? 'engine' : 'config';
}

function refusalSentence(kind: ModelErrorKind, { status, words }: Refusal, server: string, said: string): string {
  if (kind === 'too-long') {
    return `${server} says that the prompt does not fit its model (${said}). Give the server a larger context window or shorten the instructions.`;
  }
  if (kind === 'busy') return `${server} is too busy (${said}). The call can be made again later.`;
  if (kind === 'loading') return `${server} is still loading its model (${said}). The call can be made again later.`;
  if (kind === 'engine') return `${server} failed (${said}). ${remedyFor(words)}`;
  if (status === 401 || status === 403) {
    return `${server} refused our key (${said}). Set LLM_API_KEY to a key that it accepts.`;
  }
  if (status === 404) {
    return `${server} knows no such address or model (${said}). Check LLM_BASE_URL and LLM_MODEL.`;
  }
  if (status !== undefined && status < 400) {
    return `${server} sent us elsewhere (${said}), and redirects are not followed. Set LLM_BASE_URL to the final address.`;
  }
  return `${server} refused the request (${said}). Check its version and its chat template.`;
}

/** The error for a call that got no answer, or lost the connection before one. */
export function connectionError(context: CallContext, error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof OutboundRefused) return new ModelError('config', error.message, { cause: error });
  const code = errorCode(error);
  // The cause is kept only for codes of the system: errors of the HTTP parser carry what was received.
  const options = code.startsWith('E') ? { cause: error } : {};
  return new ModelError('unreachable', connectionSentence(context.host, code), options);
}

function connectionSentence(host: string, code: string): string {
  const start = `No answer from the model server ${host} (${code})`;
  if (code === 'ECONNREFUSED') {
    return `${start}: nothing listens there. Start it, or wait until it has loaded, or correct LLM_BASE_URL.`;
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `${start}: the name of the host cannot be resolved. Correct LLM_BASE_URL or the name service.`;
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') {
    return `${start}: no connection could be made. Check that the host is up and that no firewall is between.`;
  }
  if (/^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$/.test(code)) {
    return `${start}: it does not speak TLS. Write http:// in LLM_BASE_URL, or correct the port.`;
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return `${start}: its certificate is not valid today. Renew it, and check the clocks of both machines.`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `${start}: its certificate is for another name. Set LLM_BASE_URL to a name that stands in it.`;
  }
  if (/CERT|^ERR_TLS|^ERR_SSL|SIGNED|UNABLE_TO_VERIFY/.test(code)) {
    return `${start}: its certificate or TLS is not trusted. Point NODE_EXTRA_CA_CERTS to your authority's file.`;
  }
  if (code.startsWith('HPE_')) {
    return `${start}: what answers there does not speak HTTP. Check http or https, and the port, in LLM_BASE_URL.`;
  }
  return `${start}: the connection was closed before it answered. Look at the log of the model server.`;
}

/** The error for a stream that is none, or ends too early. `what` completes "The model server HOST …". */
export function brokenStream(
  context: CallContext,
  what: string,
  options: { readonly cause?: unknown } = {},
): ModelError {
  return new ModelError('broken-stream', `The model server ${context.host} ${what}`, options);
}

/** The error for a body that could not be read to its end. */
export function bodyError(context: CallContext, error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  const code = errorCode(error);
  return brokenStream(context, `cut the connection in the middle of its answer (${code}). Look at its log.`);
}

export function timeoutError(context: CallContext, kind: TimeoutKind, afterMs: number): ModelError {
  const sentences: Readonly<Record<TimeoutKind, string>> = {
    'first-event-timeout': `sent nothing within ${afterMs} ms. It is overloaded, stuck, or still loading its model; look at its log, and restart it if it answers nobody.`,
    'idle-timeout': `went silent for ${afterMs} ms in the middle of its answer. Look at its log.`,
    'total-timeout': `did not finish within ${afterMs} ms. Raise LLM_TIMEOUT_MS, or use a faster model.`,
  };
  return new ModelError(kind, `The model server ${context.host} ${sentences[kind]}`);
}

/** The error of a call whose caller does not want it any more. */
export function cancelled(signal: AbortSignal): ModelError {
  return new ModelError('cancelled', 'The call to the model was cancelled.', { cause: signal.reason });
}

/** undici's error for a socket that the other side closed, when nothing had ever come from it. */
const FreshSocketError = z.object({ code: z.literal('UND_ERR_SOCKET'), socket: z.object({ bytesRead: z.literal(0) }) });

/** Whether a request may have met the close of a kept connection: it died before a byte of the answer came. */
export function isConnectionLoss(error: unknown): boolean {
  // A socket that never received anything was fresh, so its loss is the server's doing.
  if (FreshSocketError.safeParse(error).success) return false;
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(errorCode(error));
}

/**
 * The server's words for a sentence: on one line, at most 300 characters, and not at all where they
 * repeat the prompt (vLLM's validation errors print the request they refuse).
 */
export function quote(words: string, promptTexts: readonly string[]): string {
  const line = words.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line === '') return '';
  if (repeatsPrompt(line, promptTexts)) return ', in words that repeat the prompt and are left out here';
  return line.length > wordsCharsMax ? `: "${line.slice(0, wordsCharsMax - 1)}…"` : `: "${line}"`;
}

const sharedCharsMin = 16;

function repeatsPrompt(line: string, promptTexts: readonly string[]): boolean {
  const shown = line.slice(0, wordsCharsMax);
  const prompts = promptTexts.map((text) => text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim());
  for (const prompt of prompts) {
    if (prompt.length >= 4 && prompt.length < sharedCharsMin && shown.includes(prompt)) return true;
    for (let from = 0; from + sharedCharsMin <= shown.length; from += 1) {
      if (prompt.includes(shown.slice(from, from + sharedCharsMin))) return true;
    }
  }
  return false;
}

function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
