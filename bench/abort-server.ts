/**
 * A model server of a dialect that writes an event of each answer every 20 ms, and tells its parent when a call came and
 * when its connection was closed, by the clock that all processes of a machine share.
 */
import { answer, type Reply, type Step } from '../test/support/model-dialects.ts';
import { startModelServer } from '../test/support/model-server.ts';
import { callIn, type CallNews, clockMs } from './abort-job.ts';

const stepMs = 20;
/** The prompt is being read: headers, then nothing. */
const silentSteps = 5;

const dialect = process.argv[2] === 'ollama' ? 'ollama' : 'vllm';
const whole = answer(Array.from({ length: 150 }, (_, index) => `word${index} `).join(''), { dialect });
const silence: readonly Step[] = Array.from({ length: silentSteps }, () => 'wait');
const reply: Reply = { ...whole, steps: [...silence, ...[...whole.steps].flatMap((step): Step[] => ['wait', step])] };

const server = await startModelServer({ dialect, reply });
setInterval(() => server.release(), stepMs);
process.send?.({ url: server.url.href });
for (let count = 1; ; count += 1) {
  const { body, closed } = await server.chat(count);
  const call = callIn(body);
  if (call === 0) continue;
  const tell = (news: CallNews['news']): void => void process.send?.({ call, news, at: clockMs() } satisfies CallNews);
  tell('come');
  void closed.then(() => tell('closed'));
}
