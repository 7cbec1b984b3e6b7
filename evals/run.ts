/**
 * `npm run eval [FOLDER] [--save FILE] [--compare FILE] [--json]`: how well answers are found, judged and checked, on a
 * folder of cases; evals/README.md says what each figure means. Ends with 1 when a figure is worse than the saved one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CaseFolder, readCases } from './cases.ts';
import { type Figure, renderSummaries, SavedRun, summarise } from './figures.ts';
import { measureCitations, measureLanguage, measureRetrieval } from './measures.ts';
import { measureByModel } from './model.ts';

const ownCases = join(import.meta.dirname, 'cases');

const usage = `Usage: npm run eval -- [FOLDER] [--save FILE] [--compare FILE] [--json]

Measures on the cases of FOLDER, or on our own, and compares with what --save has kept: see evals/README.md.`;

/** The arguments make no sense; the message says why. */
class UsageError extends Error {}

function readArguments() {
  const options = {
    save: { type: 'string' },
    compare: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function readSaved(path: string): SavedRun {
  try {
    return SavedRun.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new UsageError(`${path} can't be read as a saved run: give a file that --save has written.`, { cause });
  }
}

async function measure(folder: CaseFolder): Promise<readonly Figure[]> {
  const figures = [...measureRetrieval(folder), await measureLanguage(folder), ...measureCitations(folder)];
  const byModel = await measureByModel(folder, process.env);
  return [...figures, ...byModel].filter(({ values }) => Object.keys(values).length > 0);
}

/** @returns the exit code */
async function run(): Promise<number> {
  const { values: options, positionals } = readArguments();
  if (options.help) {
    console.log(usage);
    return 0;
  }
  const saved = options.compare === undefined ? undefined : readSaved(options.compare);
  const folder = readCases(positionals[0] ?? ownCases);
  if (folder.questions.length + folder.drafts.length === 0) {
    console.error('The folder has no cases: give one with questions.jsonl or drafts.jsonl; see evals/README.md.');
    return 2;
  }
  const figures = await measure(folder);
  const summaries = summarise(figures, saved);
  console.log(options.json ? JSON.stringify({ summaries, figures }, undefined, 2) : renderSummaries(summaries));
  if (!options.json && !process.env['LLM_BASE_URL']) {
    console.log('\nWithout a model: answerability was not measured. Set LLM_BASE_URL to measure it.');
  }
  if (options.save !== undefined) writeFileSync(options.save, `${JSON.stringify({ figures }, undefined, 2)}\n`);
  const worse = summaries.filter(({ comparison }) => comparison?.verdict === 'worse').map(({ name }) => name);
  if (worse.length > 0) console.error(`Worse than ${options.compare}, and not by chance: ${worse.join(', ')}.`);
  return worse.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
