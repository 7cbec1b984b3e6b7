import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { defaultPolicyFile } from '../src/policy-file/policy-file.ts';
import { createTokenBudget } from '../src/llm/budget.ts';
import { createScriptedModel } from '../src/llm/scripted.ts';
import { temporaryFolder } from '../test/support/folder.ts';
import { startProgram } from '../test/support/process.ts';
import { measureAnswerability } from './answerability.ts';
import { readCases } from './cases.ts';
import { type Figure, summarise } from './figures.ts';
import { measureCitations, measureLanguage, measureRetrieval } from './measures.ts';

const root = join(import.meta.dirname, '..');
const cases = join(import.meta.dirname, 'cases');

const valueOf = (figures: readonly Figure[], name: string): number =>
  summarise(figures, undefined).find((summary) => summary.name === name)?.value ?? Number.NaN;

/** Runs the command to its end; gives what it printed and its exit code. */
async function evaluate(
  ...args: readonly string[]
): Promise<{ readonly output: string; readonly code: number | null }> {
  const run = startProgram([process.execPath, join(root, 'evals/run.ts'), ...args], { LLM_BASE_URL: '' }, root);
  const code = await run.exited;
  return { output: run.output(), code };
}

describe('our own cases', () => {
  const folder = readCases(cases);

  test('are found by the text search', () => {
    const english = { ...folder, questions: folder.questions.filter(({ language }) => language === 'en') };
    assert.ok(valueOf(measureRetrieval(english), 'retrieval recall@5') >= 0.85);
  });

  test('have their language told', async () => {
    assert.ok(valueOf([await measureLanguage(folder)], 'language told right') >= 0.9);
  });

  test('have every wrong detail caught, without a false alarm', () => {
    const figures = measureCitations(folder);
    assert.equal(valueOf(figures, 'citations: wrong details caught'), 1);
    assert.equal(valueOf(figures, 'citations: false alarms'), 0);
  });

  test('are judged by a model where there is one', async () => {
    const model = createScriptedModel({ now: () => 0, decisions: () => JSON.stringify({ choice: 'yes' }) });
    const settings = { outputTokensMax: 700, temperature: 0 };
    const budget = createTokenBudget({ windowTokens: async () => 8192 });
    const deps = { model, budget, settings, lane: 'background' as const };
    const { signal } = new AbortController();

    const figures = await measureAnswerability(folder, defaultPolicyFile.policy, deps, signal);

    assert.equal(valueOf(figures, 'answerability: coverage'), 1);
    assert.equal(valueOf(figures, 'answerability: wrong answers'), 1);
    // Beside these, questions in another language are translated.
    const judgements = model.calls.filter(({ request }) => request.answerFormat?.name === 'answerable');
    assert.equal(judgements.length, folder.questions.length);
  });
});

describe('npm run eval', () => {
  test('prints a table, saves a run, and finds nothing worse in itself', async () => {
    await using home = await temporaryFolder();
    const file = join(home.path, 'run.json');

    const first = await evaluate('--save', file);
    const second = await evaluate('--compare', file);

    assert.match(first.output, /^figure +cases +value +95 % interval[^]*retrieval recall@5 +\d+ +0\.\d{3}/);
    assert.match(first.output, /answerability was not measured\. Set LLM_BASE_URL/);
    assert.match(second.output, /\+0\.000 +\+0\.000 to \+0\.000 +same/);
    assert.deepEqual([first.code, second.code], [0, 0]);
  });

  test('ends with 1 and names the figure when a change loses', async () => {
    await using home = await temporaryFolder();
    const file = join(home.path, 'run.json');
    await evaluate('--save', file);
    const Run = z.object({ figures: z.array(z.looseObject({ values: z.record(z.string(), z.number()) })) });
    const { figures } = Run.parse(JSON.parse(await readFile(file, 'utf8')));
    const perfect = figures.map((one) => ({
      ...one,
      values: Object.fromEntries(Object.keys(one.values).map((id) => [id, 1])),
    }));
    await writeFile(file, JSON.stringify({ figures: perfect }));

    const { output, code } = await evaluate('--compare', file);

    assert.equal(code, 1);
    assert.match(output, /Worse than [^]*not by chance: retrieval recall@5/);
  });

  test('says what is wrong with a folder without cases', async () => {
    await using home = await temporaryFolder();

    const { output, code } = await evaluate(home.path);

    assert.equal(code, 2);
    assert.match(output, /has no cases/);
  });

  test('tells its options, and what makes no sense, without a stack', async () => {
    await using home = await temporaryFolder();
    const help = await evaluate('--help');
    const unknown = await evaluate('--fast');
    const absent = await evaluate('--compare', join(home.path, 'absent.json'));

    assert.deepEqual([help.code, unknown.code, absent.code], [0, 2, 2]);
    assert.match(help.output, /^Usage: npm run eval -- \[FOLDER\]/);
    assert.match(unknown.output, /^Unknown option '--fast'[^]*\n\nUsage: /);
    assert.match(absent.output, /^\S+absent\.json can't be read as a saved run: .*\.\n\nUsage: /);
    assert.doesNotMatch(unknown.output + absent.output, /^\s+at .+:\d+:\d+/m);
  });
});
