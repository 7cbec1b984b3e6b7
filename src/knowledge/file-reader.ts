import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { type FileContent, isPlainText, readFileContent, UnreadableFile } from './read-file.ts';

/** What the other process sends back: the file's content, or a sentence that says why there is none. */
const AnswerSchema = z.union([z.object({ title: z.string(), markdown: z.string() }), z.object({ why: z.string() })]);

export type Answer = z.infer<typeof AnswerSchema>;

type Options = {
  /** Ends the reading, and the other process with it. */
  readonly signal: AbortSignal;
  /** For one file. */
  readonly timeoutMs?: number;
  /** The code of the other process. */
  readonly code?: URL;
};

/** Text up to this size is read in a moment; another process would cost more than it spares. */
const textHereBytesMax = 200_000;

const heapMbMax = 512;

/**
 * Reads files, one after another. What takes its time, such as a PDF, is read in another process, so that webhooks
 * are answered meanwhile. A thread would not do: measured, one that runs out of memory takes Sidenote with it. That
 * process has no environment, so no secret, and what its libraries print goes nowhere. It starts with the first such
 * file and ends with `await using`.
 */
export class FileReader implements AsyncDisposable {
  readonly #signal: AbortSignal;
  readonly #timeoutMs: number;
  readonly #code: URL;
  #process: ChildProcess | undefined;

  constructor({ signal, timeoutMs = 120_000, code = new URL('./file-process.ts', import.meta.url) }: Options) {
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#code = code;
  }

  /**
   * @throws UnreadableFile, also where the file took too long or ended the process; the next file gets a new one.
   * The signal's reason when it is aborted.
   */
  async read(path: string): Promise<FileContent & { readonly title: string }> {
    if (isPlainText(path) && (await stat(path)).size <= textHereBytesMax) {
      return await readFileContent(path, await readFile(path));
    }
    const answer = AnswerSchema.parse(await this.#ask(path));
    if ('why' in answer) throw new UnreadableFile(answer.why);
    return answer;
  }

  async #ask(path: string): Promise<unknown> {
    this.#signal.throwIfAborted();
    const other = (this.#process ??= this.#start());
    const tooLong = AbortSignal.timeout(this.#timeoutMs);
    const answered = new AbortController();
    const signal = AbortSignal.any([this.#signal, tooLong, answered.signal]);
    try {
      other.send(path);
      const message = once(other, 'message', { signal });
      const exit = once(other, 'exit', { signal }).then(() => Promise.reject(new Error('the process has ended')));
      return await Promise.race([message, exit]).then(([answer]: unknown[]) => answer);
    } catch (cause) {
      await this[Symbol.asyncDispose]();
      this.#signal.throwIfAborted();
      const why = tooLong.aborted
        ? `Reading it took longer than ${Math.ceil(this.#timeoutMs / 1000)} seconds: split it.`
        : 'Reading it broke off, most likely for lack of memory: split it, or save it anew.';
      throw new UnreadableFile(why, { cause });
    } finally {
      answered.abort();
    }
  }

  #start(): ChildProcess {
    const execArgv = [`--max-old-space-size=${heapMbMax}`];
    const other = fork(this.#code, { env: {}, execArgv, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    other.on('error', () => undefined); // `#ask` hears of it; without a listener it would end Sidenote
    other.once('exit', () => {
      if (this.#process === other) this.#process = undefined;
    });
    return other;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const other = this.#process;
    this.#process = undefined;
    if (other?.kill('SIGKILL') === true) await once(other, 'exit');
  }
}
