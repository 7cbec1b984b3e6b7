import { modelSuite } from '../../test/contract/model.suite.ts';
import type { ModelHarness } from '../../test/contract/model.suite.ts';
import { startAdapter } from '../../test/support/model-adapter.ts';
import { answer } from '../../test/support/model-dialects.ts';
import { failureReply } from '../../test/support/model-failures.ts';
import { chatDialects } from '../../test/support/model-wire.ts';
import type { Dialect } from '../../test/support/model-wire.ts';
import type { Timeouts } from './timers.ts';

const adapters = [
  ...chatDialects.map((dialect) => ({ dialect, kind: 'openai' as const })),
  { dialect: 'vllm' as const, kind: 'auto' as const },
  { dialect: 'ollama' as const, kind: 'ollama' as const },
  { dialect: 'ollama' as const, kind: 'auto' as const },
];

async function start(dialect: Dialect, kind: 'auto' | 'openai' | 'ollama', timeouts: Timeouts): Promise<ModelHarness> {
  const bench = await startAdapter({ dialect }, { kind, timeouts });
  return {
    model: bench.model,
    answer: (pieces, parts) => bench.server.enqueue(answer('', { ...parts, dialect, pieces })),
    fail(failure) {
      const reply = failureReply(failure, dialect);
      bench.server.enqueue(reply);
      // Something came over this connection before, so the call is sent once more.
      if (failure === 'resets-at-once' && dialect === 'ollama') bench.server.enqueue(reply);
    },
    call: (count) => bench.server.chat(count),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

for (const { dialect, kind } of adapters) {
  modelSuite(`LLM_KIND=${kind} with ${dialect}`, async (timeouts) => await start(dialect, kind, timeouts));
}
