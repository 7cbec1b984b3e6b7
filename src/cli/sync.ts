import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { SourceSettings } from '../domain/source-settings.ts';
import { openSource } from '../knowledge/sources/open.ts';
import { type Progress, type SyncReport, syncSource } from '../knowledge/sync.ts';
import { systemClock } from '../lib/clock.ts';
import { detectLanguage } from '../lib/language.ts';
import { migrate, readMigrations } from '../store/migrate.ts';
import { openDatabase } from '../store/open.ts';
import { createNeighbours, databaseSource } from '../wiring.ts';
import { atMost } from './arguments.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { readSettings, type Settings } from './settings.ts';

const isIntercoms = ({ type }: SourceSettings): boolean => type !== 'folder' && type !== 'web';

/** The sources to read, by the name that was given, or all. @throws UsageError */
function chooseSources({ policyFile, config }: Settings, name: string | undefined): readonly SourceSettings[] {
  const { sources } = policyFile.knowledge;
  if (sources.length === 0) {
    throw new UsageError(
      `${config.policyPath} names no source: add one to knowledge.sources, as docs/knowledge.md says.`,
    );
  }
  if (name === undefined) return sources;
  const chosen = sources.filter((source) => source.name === name);
  if (chosen.length > 0) return chosen;
  throw new UsageError(`There is no source "${name}"; the sources are: ${sources.map((one) => one.name).join(', ')}.`);
}

const barChars = 30;
const itemsPerLine = 100;

/** A bar on a terminal; elsewhere a line now and then. */
function progressPrinter(io: Io): (progress: Progress) => void {
  return ({ name, done, expected }) => {
    const of = expected === undefined ? '' : ` of ${expected}`;
    if (io.showProgress === undefined) {
      if (done > 0 && done % itemsPerLine === 0) io.print(`${name}: ${done}${of}`);
      return;
    }
    const filled = Math.round((barChars * Math.min(done, expected ?? 0)) / Math.max(expected ?? 1, 1));
    io.showProgress(`${name.padEnd(20)} [${'#'.repeat(filled).padEnd(barChars, '.')}] ${done}${of}`);
  };
}

function printReport(io: Io, { name, outcome, why, changed, removed, problems }: SyncReport): void {
  const written = `${changed} new or changed, ${removed} removed`;
  switch (outcome) {
    case 'finished':
      io.print(`${name}: up to date; ${written}.`);
      break;
    case 'stopped':
      io.print(`${name}: stopped; ${written}. The next sync goes on from here.`);
      break;
    case 'busy':
      io.print(`${name}: left alone, ${why}.`);
      break;
    case 'failed':
      io.printError(`${name}: cut short; ${written}. ${why}`);
  }
  if (problems.length > 0) io.print(`${name}: ${problems.length} could not be read, the rest was:`);
  for (const problem of problems) io.print(`  ${problem.item}: ${problem.why}`);
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const [name] = atMost(1, positionals);
  const lenient = readSettings(io, { intercom: false, model: false });
  const sources = chooseSources(lenient, name);
  const settings = sources.some(isIntercoms) ? readSettings(io, { intercom: true, model: false }) : lenient;
  const { config, secrets } = settings;
  await using db = openDatabase(databaseSource(config, secrets));
  await migrate(db, readMigrations(), Date.now());
  const hooks = { onRefused: io.printError };
  await using neighbours = createNeighbours(config, secrets, hooks, systemClock);
  const sourceDeps = { intercom: neighbours.intercomInBackground, sleep: systemClock.sleep, ...hooks };
  const onProgress = progressPrinter(io);
  const deps = { db, owner: randomUUID(), now: Date.now, detectLanguage, onProgress };
  let failed = 0;
  for (const source of sources) {
    const report = await syncSource(openSource(source, sourceDeps), deps, io.stop);
    io.showProgress?.('');
    printReport(io, report);
    if (report.outcome === 'failed') failed += 1;
    if (io.stop.aborted) break;
  }
  return failed === 0 ? 0 : 1;
}

export const sync: Command = {
  summary: 'reads the knowledge sources now',
  usage: `Usage: sidenote sync [SOURCE]

Reads the sources of sidenote.yaml (knowledge.sources), or the one that is named, and takes over what has changed.
A running Sidenote does the same by itself and knows the result within seconds. What could not be read is named
at the end and stops nothing. The exit code is 1 when a source as a whole could not be read.`,
  run,
};
