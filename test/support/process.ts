import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const launcher = join(import.meta.dirname, '../../bin/sidenote.js');

export type Environment = Readonly<Record<string, string>>;

/** A program in a process of its own, with whatever it starts. */
export type RunningCommand = AsyncDisposable & {
  /** Everything it has printed, to standard output and standard error. */
  output(): string;
  /** Resolves with the match as soon as the output holds it; fails when the process ends without. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** The exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
};

/** `sidenote ...args`; see `startProgram`. */
export const startCommand = (args: readonly string[], environment: Environment, folder: string): RunningCommand =>
  startProgram([process.execPath, launcher, ...args], environment, folder);

/**
 * Starts a program with this environment and no other variable but PATH. `await using` ends it and what it started; it
 * never outlives this process.
 */
export function startProgram(
  [program, ...args]: readonly [string, ...string[]],
  environment: Environment,
  folder: string,
): RunningCommand {
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, which can be ended as one
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, signal);
  };
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  const exited = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : null));
  endWithThisProcess(kill, exited);

  const printed = async (pattern: RegExp): Promise<RegExpExecArray> => {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const look = (): void => {
      const match = pattern.exec(output);
      if (match !== null) resolve(match);
    };
    listeners.add(look);
    look();
    void exited.then((code) => reject(new Error(`It ended (${code}) without printing ${String(pattern)}:\n${output}`)));
    try {
      return await promise;
    } finally {
      listeners.delete(look);
    }
  };

  return {
    output: () => output,
    printed,
    exited,
    kill,
    [Symbol.asyncDispose]: async () => {
      kill('SIGKILL');
      await exited;
    },
  };
}

/** The test runner ends a file that takes too long by SIGTERM. */
function endWithThisProcess(kill: (signal: 'SIGKILL') => void, exited: Promise<unknown>): void {
  const end = (): void => kill('SIGKILL');
  const terminate = (): void => {
    end();
    process.exitCode = 143;
    process.kill(process.pid, 'SIGKILL');
  };
  process.once('exit', end);
  process.once('SIGTERM', terminate);
  void exited.finally(() => {
    process.off('exit', end);
    process.off('SIGTERM', terminate);
  });
}

export type Finished = { readonly code: number | null; readonly output: string };

/** Runs a command to its end. */
export async function runCommand(args: readonly string[], environment: Environment, folder: string): Promise<Finished> {
  await using command = startCommand(args, environment, folder);
  const code = await command.exited;
  return { code, output: command.output() };
}
