import { createAnswer } from '../answer.ts';
import type { AnswerPiece } from '../answer.ts';
import { quote } from '../errors.ts';
import type { CallContext } from '../errors.ts';
import { ModelError } from '../model.ts';
import type { ModelEvent, ModelRequest } from '../model.ts';
import type { CallTimers } from '../timers.ts';
import type { OrderReport } from './protocol.ts';

type Reading = {
  readonly request: ModelRequest;
  readonly holdsBack: boolean;
  readonly context: CallContext;
  /** Hears whether the model mixes reasoning into its text, where the answer shows it. */
  readonly onWhole: (mixesReasoning: boolean | undefined) => void;
};

/** The answer as a server's stream is read: without reasoning, and stopped where it runs away. @throws ModelError */
export async function* readReports(
  reports: AsyncIterable<OrderReport>,
  { request: { answerFormat }, holdsBack, context, onWhole }: Reading,
  timers: CallTimers,
): AsyncGenerator<ModelEvent> {
  const isJson = answerFormat !== undefined;
  const answer = createAnswer({ context, model: context.host, holdsBack, adoptsReasoning: false, isJson });
  timers.waiting();
  for await (const report of reports) {
    timers.heard();
    if (timers.reason !== undefined) throw timers.reason;
    const text = answer.accept(toPiece(report, context));
    if (text !== '') yield { type: 'text', text };
    if (answer.hasFinished) break;
    timers.waiting();
  }
  const { text, event, mixesReasoning } = answer.end();
  onWhole(mixesReasoning);
  if (text !== '') yield { type: 'text', text };
  yield event;
}

/** What a report says of the answer. @throws ModelError for one that says why there is none */
function toPiece(report: OrderReport, context: CallContext): AnswerPiece {
  if (report.type === 'piece') return report.isReasoning ? { reasoning: report.text } : { content: report.text };
  if (report.type === 'end') {
    const { finish, inputTokens, cachedInputTokens, outputTokens } = report;
    return { finish, usage: { inputTokens, cachedInputTokens, outputTokens } };
  }
  const { host } = context;
  if (report.type === 'too-long') {
    const sentence = `The prompt of ${report.tokens} tokens and its answer do not fit the ${report.windowTokens} tokens of the local model ${host}. Shorten the instructions, or take a model with a larger window.`;
    throw new ModelError('too-long', sentence);
  }
  const said = report.type === 'failed' ? quote(report.says, context.promptTexts) : '';
  throw new ModelError('engine', `The local model ${host} failed${said}. The call can be made again.`);
}
