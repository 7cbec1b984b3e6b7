import { join } from 'node:path';
import { type Environment, startProgram } from './process.ts';

/** `sidenote serve` as an operator starts it: a process of its own. It never outlives the test's process. */
export type ServeProcess = {
  /** Resolves when it says that it listens. @throws when it ends before, with what it said */
  readonly listening: Promise<void>;
  /** Resolves when it is gone; the exit code, or null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** SIGKILL, this instant; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Everything it has printed. */
  readonly output: () => string;
  /** Its newest lines, for the message of a test that fails. */
  readonly said: () => string;
};

const linesShown = 40;
const serve = [join(import.meta.dirname, '../../bin/sidenote.js'), 'serve'];

/**
 * @param environment the whole environment of the process, except for `PATH`
 * @param script another program that serves, with its arguments
 */
export function startServe(environment: Environment, folder: string, script: readonly string[] = serve): ServeProcess {
  const running = startProgram([process.execPath, ...script], environment, folder);
  const listening = running.printed(/"msg":"listening/).then(() => undefined);
  listening.catch(() => undefined); // a test may kill it before it listens, and mean it
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    running.kill(signal);
    return await running.exited;
  };
  return {
    listening,
    exited: running.exited,
    output: () => running.output(),
    said: () => running.output().split('\n').slice(-linesShown).join('\n'),
    kill: async () => void (await end('SIGKILL')),
    stop: async () => await end('SIGTERM'),
  };
}
