import type { Dispatcher } from 'undici';
import { bodyText, header } from './connection.ts';
import type { Connection } from './connection.ts';
import { fieldsRefused } from './dialect.ts';
import type { Call, ChatDialect, OptionalField } from './dialect.ts';
import { refusalError } from './errors.ts';
import type { ServerFamily } from './family.ts';
import { ModelError } from './model.ts';
import type { Lane, ModelRequest, ServedModel } from './model.ts';
import { parseRefusal, parseRetryAfter } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { onlyModel } from './served-models.ts';

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
  readonly dialect: ChatDialect;
  readonly configuredName: string | undefined;
  readonly family: () => ServerFamily | undefined;
  readonly now: () => number;
  readonly notify: (notice: ModelNotice) => void;
  servedName: string | undefined;
  readonly refusedFields: Set<OptionalField>;
  /** False once the server has shown that it keeps reasoning apart: then text is given out as it comes. */
  holdsBack: boolean;
  hasAdopted: boolean;
};

/** What the server serves. @throws ModelError */
export async function listModels(session: Session, call: Call): Promise<ServedModel[]> {
  const { dialect, connection } = session;
  return await dialect.listModels(connection, call, async (response) => await readRefusal(session, response, call));
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
  lane: Lane,
  call: Call,
): Promise<Dispatcher.ResponseData> {
  const { connection, dialect, refusedFields } = session;
  const windowTokens = await dialect.windowTokens?.(connection, model, call);
  const parts = { model, request, lane, family: session.family(), windowTokens };
  const ask = async (without: ReadonlySet<OptionalField>) => {
    const body = dialect.chatBody({ ...parts, refusedFields: without });
    return { body, response: await connection.post(dialect.chatPath, body, call) };
  };
  const first = await ask(refusedFields);
  if (first.response.statusCode < 300) return first.response;
  const refusal = await readRefusal(session, first.response, call);
  const fields = fieldsRefused(refusal, first.body, dialect.mentions);
  if (fields.length === 0) throw refused(session, refusal, call);
  const { response } = await ask(new Set([...refusedFields, ...fields]));
  if (response.statusCode >= 300) throw refused(session, await readRefusal(session, response, call), call);
  for (const field of fields) refusedFields.add(field);
  session.notify({ type: 'fields-refused', fields });
  return response;
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
