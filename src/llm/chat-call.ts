import type { Dispatcher } from 'undici';
import { chatRequest, fieldsRefused } from './chat-request.ts';
import type { OptionalField } from './chat-request.ts';
import { bodyText, header } from './connection.ts';
import type { Connection, ConnectionCall } from './connection.ts';
import { refusalError } from './errors.ts';
import { ModelError } from './model.ts';
import type { Lane, ModelRequest, ServedModel } from './model.ts';
import { parseRefusal, parseRetryAfter } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { onlyModel, parseServedModels } from './served-models.ts';
import type { CallTimers } from './timers.ts';

/** What an operator or a dashboard may want to know of a call that did not fail. */
export type ModelNotice =
  /** The call got its place among the running ones, after `waitedMs` in our own queue. */
  | { readonly type: 'call-started'; readonly lane: Lane; readonly waitedMs: number }
  /** The server does not take these fields; they are not sent again. */
  | { readonly type: 'fields-refused'; readonly fields: readonly OptionalField[] }
  /** A kept connection had died; the request was sent once more. */
  | { readonly type: 'request-resent' }
  /** The answer came in the field for reasoning: the server runs the wrong reasoning parser. */
  | { readonly type: 'reasoning-adopted' };

/** One adapter at work: its connection, and what it has learnt about the server so far. */
export type Session = {
  readonly connection: Connection;
  readonly configuredName: string | undefined;
  readonly now: () => number;
  readonly notify: (notice: ModelNotice) => void;
  servedName: string | undefined;
  readonly refusedFields: Set<OptionalField>;
  /** False once the server has shown that it keeps reasoning apart: then text is given out as it comes. */
  holdsBack: boolean;
  hasAdopted: boolean;
};

export type Call = ConnectionCall & { readonly timers: CallTimers };

/** What the server serves. @throws ModelError */
export async function listModels(session: Session, call: Call): Promise<ServedModel[]> {
  const response = await session.connection.get('/models', call);
  if (response.statusCode !== 200) throw refusalError(call.context, await readRefusal(session, response, call));
  return parseServedModels(await bodyText(response, call.context), call.context);
}

/** The configured model, else the only one that is served; that is asked for once. @throws ModelError */
export async function modelName(session: Session, call: Call): Promise<string> {
  if (session.configuredName !== undefined) return session.configuredName;
  session.servedName ??= onlyModel(await listModels(session, call), session.connection.host);
  return session.servedName;
}

/**
 * Asks for a stream and gives the answer with its body unread. A server that refuses optional fields is
 * asked once more without them, and never sent them again if that helped. @throws ModelError
 */
export async function askForStream(
  session: Session,
  model: string,
  request: ModelRequest,
  call: Call,
): Promise<Dispatcher.ResponseData> {
  const { connection, refusedFields } = session;
  const path = '/chat/completions';
  const response = await connection.post(path, chatRequest(model, request, refusedFields), call);
  if (response.statusCode < 300) return response;
  const refusal = await readRefusal(session, response, call);
  const fields = fieldsRefused(refusal, refusedFields);
  if (fields.length === 0) throw refused(session, refusal, call);
  const rest = new Set([...refusedFields, ...fields]);
  const second = await connection.post(path, chatRequest(model, request, rest), call);
  if (second.statusCode >= 300) throw refused(session, await readRefusal(session, second, call), call);
  for (const field of fields) refusedFields.add(field);
  session.notify({ type: 'fields-refused', fields });
  return second;
}

async function readRefusal(session: Session, response: Dispatcher.ResponseData, call: Call): Promise<Refusal> {
  const retryAfterMs = parseRetryAfter(header(response, 'retry-after'), session.now());
  return parseRefusal(await bodyText(response, call.context), { status: response.statusCode, retryAfterMs });
}

/** An unknown model is a mistake in the settings, unless the name came from the server itself. */
function refused(session: Session, refusal: Refusal, call: Call): ModelError {
  const { servedName, connection } = session;
  if (refusal.status !== 404 || servedName === undefined) return refusalError(call.context, refusal);
  session.servedName = undefined; // the server was restarted with another model
  const sentence = `The model server ${connection.host} no longer serves ${servedName}. The next call asks what it serves.`;
  return new ModelError('loading', sentence, { status: 404 });
}
