import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** `sidenote serve` as an operator starts it: a process of its own. It never outlives the test's process. */
export type ServeProcess = {
  /** Resolves when it says that it listens. @throws when it ends before, with what it said */
  readonly listening: Promise<void>;
  /** SIGKILL, this instant; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Its newest lines of output, for the message of a test that fails. */
  readonly said: () => string;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
};

const launcher = join(import.meta.dirname, '../../bin/sidenote.js');
const linesKept = 40;

/** @param environment the whole environment of the process, except for `PATH` */
export function startServe(environment: Readonly<Record<string, string>>, folder: string): ServeProcess {
  const child = spawn(process.execPath, [launcher, 'serve'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  endWithThisProcess(child, exited);

  const lines: string[] = [];
  const listening = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > linesKept) lines.shift();
      if (line.includes('"msg":"listening')) listening.resolve();
    });
  }
  exited.then(
    () => listening.reject(new Error(`serve ended before it listened. It said:\n${lines.join('\n')}`)),
    listening.reject,
  );
  listening.promise.catch(() => undefined); // a test may kill it before it listens, and mean it

  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    await exited;
    return child.exitCode;
  };
  return {
    listening: listening.promise,
    said: () => lines.join('\n'),
    kill: async () => void (await end('SIGKILL')),
    stop: async () => await end('SIGTERM'),
  };
}

/** The test runner ends a file that takes too long by SIGTERM. */
function endWithThisProcess(child: { kill(signal: 'SIGKILL'): boolean }, exited: Promise<unknown>): void {
  const kill = (): void => void child.kill('SIGKILL');
  const terminate = (): void => {
    kill();
    process.exitCode = 143;
    process.kill(process.pid, 'SIGKILL');
  };
  process.once('exit', kill);
  process.once('SIGTERM', terminate);
  void exited.finally(() => {
    process.off('exit', kill);
    process.off('SIGTERM', terminate);
  });
}
