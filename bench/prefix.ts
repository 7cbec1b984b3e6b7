/**
 * How much of a prompt a model server has in its prefix cache from the turn before: real threads, replayed turn by
 * turn through the same stages that make a turn's prompt. The data sets are no part of the project.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Passage } from '../src/domain/passage.ts';
import { createTokenBudget } from '../src/llm/budget.ts';
import type { Message } from '../src/llm/model.ts';
import { withTask } from '../src/llm/prompt.ts';
import { answerabilityTask, draftTask } from '../src/llm/tasks.ts';
import { defaultPolicyFile } from '../src/policy-file/policy-file.ts';
import { readInquiry } from '../src/turn/inquiry.ts';
import { prepareWriting } from '../src/turn/writing.ts';
import { draftSettings } from '../src/wiring.ts';
import { conversationWith, partBy } from '../test/support/conversations.ts';
import type { Figure, Round } from './stats.ts';

const folder = join(import.meta.dirname, '../../shared/datasets/conversations');
const files = ['thunderbird_threads.jsonl', 'star_wizard.jsonl'];
const threadsMax = 500;

const Thread = z.object({
  turns: z.array(z.object({ role: z.string(), text: z.string() })),
});

type Thread = z.infer<typeof Thread>;

/** `npm run bench -- prefix`. */
export async function benchPrefix(): Promise<readonly Figure[]> {
  const threads = readThreads();
  if (threads.length === 0) {
    console.log(`NOT MEASURED: no threads in ${folder}.`);
    return [];
  }
  const bare = await replayAll(threads, () => undefined);
  const grounded = await replayAll(threads, passagesFor);
  const figures: readonly (readonly [string, readonly Round[], number | undefined])[] = [
    [`turn to turn, ${bare.length} pairs of ${threads.length} threads`, bare, 0.9],
    ['the same, with two new passages in each prompt', grounded, undefined],
    ['the same, without the tokens of these passages', grounded.map(withoutPassages), 0.9],
    ['from the judgement of a turn to its draft, passages and all', await withinTurns(threads), undefined],
  ];
  return [
    ...figures.map(([name, rounds, limit]) => reuse(name, rounds, limit)),
    {
      name: 'the instructions block, across conversations',
      unit: 'tokens',
      rounds: await acrossConversations(threads),
      target: { kind: 'ratio-at-least', limit: 1 },
    },
  ];
}

const reuse = (name: string, rounds: readonly Round[], limit: number | undefined): Figure => ({
  name,
  unit: 'tokens',
  rounds,
  target: limit === undefined ? { kind: 'none' } : { kind: 'ratio-at-least', limit },
});

function readThreads(): readonly Thread[] {
  const lines = files
    .map((file) => join(folder, file))
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, 'utf8').split('\n'));
  return lines
    .filter((line) => line !== '')
    .slice(0, threadsMax)
    .map((line) => Thread.parse(JSON.parse(line)));
}

/** Texts of a usual passage's length, others for each turn: the worst that a search can do to a cache. */
function passagesFor(turn: number): readonly Passage[] {
  return [1, 2].map((rank) => ({
    id: `help:${turn}-${rank}#a`,
    documentId: `help:${turn}-${rank}`,
    kind: 'article',
    title: `Article ${turn}.${rank}`,
    headingPath: [],
    text: `What to know about ${turn} and ${rank}. `.repeat(20),
    url: undefined,
    language: 'en',
    audience: 'public',
  }));
}

type Passages = (turn: number) => readonly Passage[] | undefined;

/** The prompt for each message of the contact, as if the turn were due right after it. */
async function promptsOf(
  thread: Thread,
  passages: Passages,
  task: (language: string | undefined) => string = draftTask,
): Promise<readonly (readonly Message[])[]> {
  const parts = thread.turns.map(({ role, text }, index) =>
    partBy(role === 'customer' ? 'contact' : 'teammate', index + 1, text),
  );
  const budget = createTokenBudget({ windowTokens: async () => 16_384 });
  const { signal } = new AbortController();
  const prompts: (readonly Message[])[] = [];
  for (const [index, part] of parts.entries()) {
    const isLastOfSeveral = parts[index + 1]?.author.kind !== 'contact';
    if (part.author.kind !== 'contact' || !isLastOfSeveral) continue;
    const inquiry = await readInquiry(conversationWith(parts.slice(0, index + 1)), defaultPolicyFile.policy);
    const found = passages(index);
    const grounds = found && { passages: found, internal: [] };
    const { basis, language } = await prepareWriting(
      { inquiry, grounds, instructions: '' },
      { settings: draftSettings, budget },
      signal,
    );
    prompts.push(withTask(basis, task(language)));
  }
  return prompts;
}

/** `passages`: tokens of the first prompt that the search of its turn brought. */
type Pair = Round & { readonly passages: number };

async function replayAll(threads: readonly Thread[], passages: Passages): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (const thread of threads) {
    const prompts = await promptsOf(thread, passages);
    for (const [index, prompt] of prompts.entries()) {
      const next = prompts[index + 1];
      if (next === undefined) continue;
      const tokens = tokensOf(prompt);
      const value = sharedTokens(tokens, tokensOf(next));
      pairs.push({ value, floor: tokens.length, passages: passageTokens(prompt) });
    }
  }
  return pairs;
}

const withoutPassages = ({ value, floor, passages }: Pair): Round => ({ value, floor: floor - passages });

function passageTokens(prompt: readonly Message[]): number {
  const [shown = ''] = /<passages>[^]*<\/passages>/.exec(prompt.at(-1)?.content ?? '') ?? [];
  return tokensOf([{ role: 'user', content: shown }]).length - 1;
}

/** What the draft's prompt has of the first call's of its turn, which asks whether the passages answer. */
async function withinTurns(threads: readonly Thread[]): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (const thread of threads.slice(0, 100)) {
    const judged = await promptsOf(thread, passagesFor, answerabilityTask);
    const drafted = await promptsOf(thread, passagesFor);
    for (const [index, prompt] of judged.entries()) {
      const tokens = tokensOf(prompt);
      rounds.push({ value: sharedTokens(tokens, tokensOf(drafted[index] ?? [])), floor: tokens.length });
    }
  }
  return rounds;
}

async function acrossConversations(threads: readonly Thread[]): Promise<readonly Round[]> {
  const firsts: (readonly Message[])[] = [];
  for (const thread of threads.slice(0, 50)) firsts.push(...(await promptsOf(thread, () => undefined)).slice(0, 1));
  return firsts.slice(1).map((prompt, index) => ({
    value: sharedTokens(tokensOf(firsts[index] ?? []), tokensOf(prompt)),
    floor: tokensOf(prompt.slice(0, 1)).length,
  }));
}

/** Words, digits and signs one by one: as fine as a model's tokens, and a prefix is a prefix in both. */
const tokensOf = (messages: readonly Message[]): readonly string[] =>
  messages.flatMap(({ role, content }) => [
    `<${role}>`,
    ...(content.match(/\p{L}+|\p{N}|\s+|[^\p{L}\p{N}\s]/gu) ?? []),
  ]);

function sharedTokens(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((token, index) => token !== b[index]);
  return differs === -1 ? a.length : differs;
}
