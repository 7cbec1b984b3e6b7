import type { Dispatcher } from 'undici';
import { createAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Session } from './chat-call.ts';
import { bodyBytes, bodyText, checkStream, header, leaveBody } from './connection.ts';
import type { Call, ChatDialect } from './dialect.ts';
import { brokenStream, refusalError } from './errors.ts';
import { StreamTooLarge } from './event-stream.ts';
import type { EventDecoder } from './event-stream.ts';
import { ModelError } from './model.ts';
import type { ModelEvent, ModelRequest } from './model.ts';
import { parseRefusal } from './refusal.ts';

/** Reads the answer that `askForStream` gave, to its end event or a ModelError; `model` is the name asked for. */
export async function* readAnswer(
  session: Session,
  model: string,
  request: ModelRequest,
  response: Dispatcher.ResponseData,
  call: Call,
): AsyncGenerator<ModelEvent> {
  const { dialect } = session;
  const isThinkingOff = dialect.thinkingFields.some((field) => !session.refusedFields.has(field));
  const adoptsReasoning = isThinkingOff && !session.hasAdopted;
  const { context } = call;
  const { answerFormat } = request;
  const answer = createAnswer({
    context,
    model,
    holdsBack: session.holdsBack,
    adoptsReasoning,
    isJson: answerFormat !== undefined,
    isQuoted: (words) => request.messages.some(({ content }) => content.includes(words)),
    choices: answerFormat?.choices,
  });
  try {
    await checkAnswer(response, dialect, call);
    yield* readTexts(response, answer, dialect, call);
    if (call.timers.reason?.kind === 'cancelled') throw call.timers.reason;
    const { text, event, isAdopted, mixesReasoning } = answer.end();
    session.holdsBack = mixesReasoning ?? session.holdsBack;
    if (isAdopted) {
      session.hasAdopted = true;
      session.notify({ type: 'reasoning-adopted' });
    }
    if (text !== '') yield { type: 'text', text };
    yield event;
  } catch (error) {
    // A server that let reasoning through once is not trusted again before it has sent a clean answer.
    if (error instanceof ModelError && error.kind === 'broken-stream') session.holdsBack = true;
    throw error;
  } finally {
    leaveBody(response.body, answer.isDone);
  }
}

/** Lets a stream of events pass, and says what came instead of one. */
async function checkAnswer(response: Dispatcher.ResponseData, dialect: ChatDialect, call: Call): Promise<void> {
  if (!/^application\/json\b/i.test(header(response, 'content-type') ?? '')) {
    return checkStream(response, dialect.streamType, call.context);
  }
  const text = await bodyText(response, call.context);
  if (/"choices"|"message"\s*:\s*\{/.test(text)) {
    throw brokenStream(call.context, 'answered in one piece, not as a stream. Check the proxy before it.');
  }
  throw refusalError(call.context, parseRefusal(text, { status: undefined }));
}

/** The text of a stream as it comes, until the stream says that it is done or its body ends. */
async function* readTexts(
  response: Dispatcher.ResponseData,
  answer: Answer,
  dialect: ChatDialect,
  call: Call,
): AsyncGenerator<ModelEvent> {
  const decoder = dialect.createDecoder();
  const accept = (data: string): string => (answer.isDone ? '' : answer.accept(dialect.parse(data, call.context)));
  for await (const bytes of bodyBytes(response.body, call.context, () => answer.hasFinished)) {
    for (const data of decode(decoder, bytes, call)) {
      call.timers.heard();
      const text = accept(data);
      if (text !== '') yield { type: 'text', text };
      if (call.timers.reason !== undefined) throw call.timers.reason;
      if (answer.isDone) return;
    }
    call.timers.waiting();
  }
  if (answer.hasFinished) return;
  for (const data of decoder.end()) {
    const text = accept(data);
    if (text !== '') yield { type: 'text', text };
  }
}

function decode(decoder: EventDecoder, bytes: Uint8Array, call: Call): readonly string[] {
  try {
    return decoder.feed(bytes);
  } catch (error) {
    if (!(error instanceof StreamTooLarge)) throw error;
    throw brokenStream(call.context, `sent ${error.message} and was cut off. Look at its log.`);
  }
}
