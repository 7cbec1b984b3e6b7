import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalModel } from '../../src/llm/local/local-model.ts';
import type { LocalModel, LocalModelOptions } from '../../src/llm/local/local-model.ts';
import { temporaryFolder } from './folder.ts';
import { begunPath, recordPath, scriptPath } from './llama-stand-in.ts';
import type { CallRecord, ScriptedCall } from './llama-stand-in.ts';

export const standIn = new URL('llama-stand-in.ts', import.meta.url).href;

/** `path` is that of a file which begins as every GGUF file does. */
export type LocalBench = AsyncDisposable & {
  readonly model: LocalModel;
  readonly path: string;
  /** What the next call does that has none yet. */
  script(call: Partial<ScriptedCall>): void;
  /** Resolves with what the `count`th call, from 1, was given when it has begun. */
  begun(count: number): Promise<unknown>;
  /** Resolves when it has ended. */
  record(count: number): Promise<CallRecord>;
};

/** A local model by the stand-in, in a real process of its own. */
export async function startLocalModel(options: Partial<LocalModelOptions> = {}, name = 'tiny'): Promise<LocalBench> {
  const folder = await temporaryFolder();
  const path = join(folder.path, `${name}.gguf`);
  writeFileSync(path, 'GGUF');
  const model = createLocalModel({
    path,
    threads: 1,
    environment: { PATH: process.env['PATH'] ?? '' },
    totalMs: 20_000,
    now: () => 0,
    peer: standIn,
    ...options,
  });
  let scripted = 0;
  return {
    model,
    path,
    script: (call) => {
      scripted += 1;
      const whole: ScriptedCall = { pieces: [], stopReason: 'eogToken', how: 'end', ...call };
      writeFileSync(scriptPath(path, scripted), JSON.stringify(whole));
    },
    begun: async (count) => await readWhenThere(begunPath(path, count)),
    record: async (count) => (await readWhenThere(recordPath(path, count))) as CallRecord,
    [Symbol.asyncDispose]: async () => {
      model[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The other process tells by files. */
async function readWhenThere(path: string): Promise<unknown> {
  while (!existsSync(path)) await sleep(5);
  return JSON.parse(readFileSync(path, 'utf8'));
}
