/** The entry point, and the only reader of the process's arguments and environment. */
import type { Command, Io } from './cli/command.ts';
import { UsageError } from './cli/command.ts';
import { ConfigError } from './config.ts';

/** Loaded when asked for: `turns` need not wait for the web server's code. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['serve', async () => (await import('./cli/serve.ts')).serve],
  ['demo', async () => (await import('./cli/demo.ts')).demo],
  ['doctor', async () => (await import('./cli/doctor.ts')).doctor],
  ['receive', async () => (await import('./cli/receive.ts')).receiveCommand],
  ['draft', async () => (await import('./cli/draft.ts')).draftCommand],
  ['sync', async () => (await import('./cli/sync.ts')).sync],
  ['turns', async () => (await import('./cli/turns.ts')).turns],
  ['policy', async () => (await import('./cli/policy.ts')).policyCommand],
  ['pause', async () => (await import('./cli/pause.ts')).pauseCommand],
  ['resume', async () => (await import('./cli/pause.ts')).resumeCommand],
  ['revive', async () => (await import('./cli/revive.ts')).revive],
  ['backup', async () => (await import('./cli/backup.ts')).backup],
  ['restore', async () => (await import('./cli/restore.ts')).restore],
  ['move', async () => (await import('./cli/move.ts')).moveCommand],
  ['probe', async () => (await import('./cli/probe.ts')).probe],
]);

async function printCommands(io: Io): Promise<void> {
  io.print('Sidenote drafts answers for teams that answer customers in Intercom, with your own model server.\n');
  io.print('Usage: sidenote COMMAND [--help]\n');
  for (const [name, load] of commands) io.print(`  ${name.padEnd(8)} ${(await load()).summary}`);
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    await printCommands(io);
    return name === undefined ? 2 : 0;
  }
  const load = commands.get(name);
  if (load === undefined) {
    io.printError(`There is no command "${name}". The commands are: ${[...commands.keys()].join(', ')}.`);
    return 2;
  }
  const command = await load();
  if (rest.includes('--help')) {
    io.print(command.usage);
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    return explain(error, command, io);
  }
}

/** Errors made for people are their sentence; anything else is a defect and keeps its stack. */
function explain(error: unknown, command: Command, io: Io): number {
  if (error instanceof ConfigError) {
    io.printError(`Sidenote can't start; ${error.problems.length} setting(s) need you (docs/set-up.md):`);
    for (const problem of error.problems) io.printError(`  - ${problem}`);
    return 1;
  }
  if (error instanceof UsageError || (error instanceof Error && 'code' in error && isParseArgsCode(error.code))) {
    io.printError(`${error.message}\n\n${command.usage}`);
    return 2;
  }
  const known = [
    'SchemaMismatch',
    'DatabaseAway',
    'ModelError',
    'IntercomError',
    'ListenError',
    'CopyRefused',
    'BackupUnusable',
  ];
  if (error instanceof Error && known.includes(error.name)) {
    io.printError(error.message);
    return 1;
  }
  throw error;
}

const isParseArgsCode = (code: unknown): boolean => typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS');

const stop = new AbortController();
const stopSignals = ['SIGINT', 'SIGTERM'] as const;
const onStopSignal = (): void => {
  // The second signal, whichever it is, finds no handler and ends the process at once.
  for (const signal of stopSignals) process.off(signal, onStopSignal);
  stop.abort();
};
for (const signal of stopSignals) process.on(signal, onStopSignal);

/** `sidenote turns | head` reads no more than it wants: what is printed after that has no reader, and the command may end. */
const onUnread = (error: Error): void => {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
  stop.abort();
};
for (const output of [process.stdout, process.stderr]) output.on('error', onUnread);

process.exitCode = await run(process.argv.slice(2), {
  environment: process.env,
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
  showProgress: process.stderr.isTTY ? (text) => void process.stderr.write(`\r\u001B[K${text}`) : undefined,
  stop: stop.signal,
  stopAtOnce: () => void process.kill(process.pid, 'SIGTERM'),
});
