import { parseArgs } from 'node:util';
import { pause, resume } from '../kill-switch.ts';
import { listPauses } from '../store/pauses.ts';
import type { Command, Io } from './command.ts';
import { readSettings } from './settings.ts';
import { openStored } from './stored.ts';

async function runPause(args: readonly string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const reason = positionals.join(' ').trim() || 'paused by command';
  await using db = await openStored(readSettings(io, { intercom: false, model: false }));
  await pause(db, reason, Date.now());
  io.print('Paused: within a second no instance drafts or posts. Messages are kept; "sidenote resume" goes on.');
  return 0;
}

async function runResume(args: readonly string[], io: Io): Promise<number> {
  parseArgs({ args: [...args], options: {} });
  await using db = await openStored(readSettings(io, { intercom: false, model: false }));
  const pauses = await listPauses(db);
  await resume(db);
  const files = pauses.filter(({ source }) => source.startsWith('the file '));
  for (const { source } of files) io.print(`Remove ${source}, or Sidenote pauses again.`);
  io.print(pauses.length === 0 ? 'Sidenote was not paused.' : 'Resumed: who still waits gets a draft within seconds.');
  return 0;
}

export const pauseCommand: Command = {
  summary: 'the kill switch: nothing is drafted or posted until "resume"',
  usage: `Usage: sidenote pause [REASON]

Stops all drafting and posting, on every instance that shares the database, within a second. Webhooks are still
received and kept. Has the same effect: a file named "pause" in DATA_DIR, and POST /control/pause.`,
  run: runPause,
};

export const resumeCommand: Command = {
  summary: 'takes "pause" back',
  usage: `Usage: sidenote resume

Takes every pause back. Conversations in which a customer still waits get their draft; those that moved on don't.`,
  run: runResume,
};
