import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { SourceSettings } from '../domain/source-settings.ts';
import { parseTeammateId } from '../domain/ids.ts';
import { describeFacts } from '../llm/servers/facts.ts';
import type { ModelServer } from '../llm/servers/server.ts';
import { openDatabase } from '../store/open.ts';
import { pendingMigrations, readMigrations } from '../store/migrate.ts';
import { listPauses } from '../store/pauses.ts';
import { listSources } from '../store/sources.ts';
import { countLiveTurns } from '../store/turns.ts';
import { systemClock } from '../lib/clock.ts';
import { createNeighbours, databaseSource, type Neighbours } from '../wiring.ts';
import { tagsAskedFor } from '../domain/policy.ts';
import { findName } from '../domain/rule-conditions.ts';
import { suggest } from '../lib/suggest.ts';
import type { Command, Io } from './command.ts';
import { describeSource } from './doctor-sources.ts';
import { readSettings, type Settings } from './settings.ts';
import { isDatabaseMade } from './stored.ts';

/** What one examination found. */
type Finding = { readonly isGood: boolean; readonly says: string };

const good = (says: string): Finding => ({ isGood: true, says });
const bad = (says: string): Finding => ({ isGood: false, says });

const patienceMs = 10_000;

/** A server that loads its model on demand takes its time for the first word. */
const modelPatienceMs = 60_000;

async function examine(
  name: string,
  io: Io,
  look: (signal: AbortSignal) => Promise<Finding>,
  timeoutMs = patienceMs,
): Promise<boolean> {
  let finding: Finding;
  try {
    finding = await look(AbortSignal.any([io.stop, AbortSignal.timeout(timeoutMs)]));
  } catch (error) {
    finding = bad(error instanceof Error ? error.message : String(error));
  }
  io.print(`${finding.isGood ? 'ok  ' : 'FAIL'}  ${name.padEnd(18)} ${finding.says}`);
  return finding.isGood;
}

/** A path that leads nowhere is allowed, and is told: whoever set the mode in that file would wonder. */
function lookAtSettings({ config, policyFile }: Settings): Finding {
  const where = existsSync(config.policyPath) ? '' : `; there is no ${config.policyPath}, so the defaults hold`;
  return good(`complete; mode ${policyFile.policy.mode}${where}`);
}

async function lookAtDatabase({ config, secrets }: Settings): Promise<Finding> {
  if (config.database.kind === 'sqlite' && !isDatabaseMade({ config })) {
    return good(`SQLite, ${config.database.path}; the first start makes it`);
  }
  await using db = openDatabase(databaseSource(config, secrets));
  const missing = await pendingMigrations(db, readMigrations());
  if (missing.length > 0) return good(`${db.description}; its tables are made or brought up to date at the next start`);
  const [pause] = await listPauses(db);
  if (pause !== undefined) {
    return bad(`${db.description}; Sidenote is paused by ${pause.source} (${pause.reason}): "sidenote resume" goes on`);
  }
  const { waiting, working } = await countLiveTurns(db);
  return good(`${db.description}; ${waiting} turns waiting, ${working} under work`);
}

async function lookAtSource({ config, secrets }: Settings, source: SourceSettings): Promise<Finding> {
  const now = Date.now();
  if (!isDatabaseMade({ config })) return describeSource(source, undefined, now);
  await using db = openDatabase(databaseSource(config, secrets));
  const isNew = (await pendingMigrations(db, readMigrations())).length > 0;
  const records = isNew ? [] : await listSources(db, now);
  const record = records.find(({ name }) => name === source.name);
  return describeSource(source, record, now);
}

async function lookAtToken({ config }: Settings, { intercom }: Neighbours, signal: AbortSignal): Promise<Finding> {
  const me = await intercom.me(signal);
  const region = me.region === undefined ? '' : `, region ${me.region}`;
  return good(
    `${config.intercom.apiUrl.host} knows the token: workspace ${me.workspaceName} (${me.workspaceId}${region})`,
  );
}

async function lookAtAssistant({ config }: Settings, { intercom }: Neighbours, signal: AbortSignal): Promise<Finding> {
  const { assistantId } = config.intercom;
  if (assistantId === undefined) {
    const me = await intercom.me(signal);
    return good(
      `notes are written by ${me.teammateName} (${me.teammateId}), the token's owner; set INTERCOM_ADMIN_ID to a teammate named for what it is`,
    );
  }
  const name = await intercom.teammateName(parseTeammateId(assistantId), signal);
  return good(`notes are written by ${name} (${assistantId})`);
}

async function lookAtReading({ intercom }: Neighbours, signal: AbortSignal): Promise<Finding> {
  await intercom.checkReading(signal);
  return good('conversations can be read; whether they can be written shows with the first note');
}

async function lookAtTags(wanted: readonly string[], { intercom }: Neighbours, signal: AbortSignal): Promise<Finding> {
  const present = await intercom.tagNames(signal);
  const missing = wanted.filter((name) => findName([name], present) === undefined);
  if (missing.length === 0) return good(`all that sidenote.yaml asks for exist: ${wanted.join(', ')}`);
  const told = missing.map((name) => {
    const meant = suggest(name, present);
    return meant === undefined ? `"${name}"` : `"${name}" (did you mean "${meant}"?)`;
  });
  return bad(
    `sidenote.yaml asks for tags that the workspace does not have: ${told.join(', ')}; create or correct them`,
  );
}

/** One line of what it is, then what it can do and what is wrong with it, a line each. */
async function lookAtServer(server: ModelServer, signal: AbortSignal): Promise<Finding> {
  const facts = await server.probe(signal);
  const drains = server.isDraining() ? ['draining: it finishes what it has and gets nothing new'] : [];
  const lines = [...describeFacts(server.name, facts), ...drains].join(`\n${' '.repeat(26)}`);
  return facts.findings.some(({ weight }) => weight === 'problem') ? bad(lines) : good(lines);
}

async function examineServers({ servers }: Neighbours, io: Io): Promise<readonly boolean[]> {
  const results: boolean[] = [];
  for (const [index, server] of servers.all.entries()) {
    const name = servers.all.length === 1 ? 'model server' : `model server ${index + 1}`;
    const look = async (signal: AbortSignal): Promise<Finding> => await lookAtServer(server, signal);
    results.push(await examine(name, io, look, modelPatienceMs));
  }
  return results;
}

async function run(args: readonly string[], io: Io): Promise<number> {
  parseArgs({ args: [...args], options: {} });
  const settings = readSettings(io, { intercom: true, model: true });
  const { policyFile } = settings;
  await using neighbours = createNeighbours(
    settings.config,
    settings.secrets,
    { onRefused: io.printError },
    systemClock,
  );
  const tags = tagsAskedFor(policyFile.policy);
  const results = [
    await examine('settings', io, async () => lookAtSettings(settings)),
    await examine('database', io, async () => await lookAtDatabase(settings)),
    await examine('Intercom token', io, async (signal) => await lookAtToken(settings, neighbours, signal)),
    await examine('Intercom scopes', io, async (signal) => await lookAtReading(neighbours, signal)),
    await examine('Intercom teammate', io, async (signal) => await lookAtAssistant(settings, neighbours, signal)),
    ...(tags.length === 0
      ? []
      : [await examine('Intercom tags', io, async (signal) => await lookAtTags(tags, neighbours, signal))]),
    ...(await examineServers(neighbours, io)),
  ];
  for (const source of policyFile.knowledge.sources) {
    results.push(await examine('knowledge', io, async () => await lookAtSource(settings, source)));
  }
  const failed = results.filter((isGood) => !isGood).length;
  io.print(
    failed === 0
      ? '\nAll is well: "npm start" can go.'
      : `\n${failed} finding(s) need you; nothing was changed or posted.`,
  );
  return failed === 0 ? 0 : 1;
}

export const doctor: Command = {
  summary: 'examines settings, database, Intercom and the model server; posts nothing',
  usage: `Usage: sidenote doctor

Looks at the settings, the database, the Intercom token with its scopes and teammate, the model server and the
knowledge sources, and prints a line for each. Changes and posts nothing. The exit code is 1 when something needs you.`,
  run,
};
