import { parseArgs } from 'node:util';
import { systemClock } from '../lib/clock.ts';
import { createNeighbours, draftSettings, maskedBy, unlessMasked } from '../wiring.ts';
import { type Conversation, noCircumstances } from '../domain/conversation.ts';
import { parseConversationId, parsePartId } from '../domain/ids.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { PolicyFile } from '../policy-file/policy-file.ts';
import { draftReply } from '../turn/draft.ts';
import { writeFindings } from '../turn/findings.ts';
import { readInquiry } from '../turn/inquiry.ts';
import { judgeAnswerability } from '../turn/judge.ts';
import { retrieve } from '../turn/retrieve.ts';
import type { Trace } from '../turn/trace.ts';
import { verify } from '../turn/verify.ts';
import { prepareWriting, type WritingDeps } from '../turn/writing.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { readSettings } from './settings.ts';
import { openKnowledge } from './stored-knowledge.ts';

/** A conversation with one message, as if a contact had just written it. */
const conversationOf = (text: string): Conversation => ({
  id: parseConversationId('command-line'),
  state: 'open',
  subject: undefined,
  channel: 'conversation',
  contactName: undefined,
  tags: [],
  circumstances: noCircumstances,
  isTruncated: false,
  parts: [
    {
      id: parsePartId('1'),
      kind: 'comment',
      text,
      createdAt: 0,
      attachments: [],
      author: { kind: 'contact', id: '', name: undefined },
    },
  ],
});

type Deps = WritingDeps & { readonly knowledge: Knowledge };

/** The stages that write, without those that read Intercom and post there. @throws ModelError, DatabaseAway */
async function compose(text: string, { policy }: PolicyFile, deps: Deps, trace: Trace, stop: AbortSignal) {
  const inquiry = await readInquiry(conversationOf(text), policy);
  const { knowledge } = deps;
  const grounds = knowledge.isConfigured
    ? await retrieve(inquiry, { ...deps, sources: undefined }, trace, stop)
    : undefined;
  const writing = await prepareWriting({ inquiry, grounds, instructions: policy.instructions }, deps, stop);
  const answerability = grounds && (await judgeAnswerability(writing, deps, trace, stop));
  const isPartly = answerability?.choice === 'partly';
  const { draft, findings } =
    answerability?.choice === 'no'
      ? await writeFindings(writing, deps, trace, stop)
      : { draft: await draftReply(writing, { isPartly }, deps, trace, stop), findings: undefined };
  const cautions = draft.isCut ? ['The draft was cut at its length limit: the end is missing.'] : [];
  const assessment =
    grounds && (await verify({ draft, findings, answerability, cautions }, writing, deps, trace, stop));
  return { draft, findings, assessment };
}

/** What was found, in the order of the markers. */
function printPassages({ passages = [], translation, searchedWithout = [] }: Trace, io: Io): void {
  for (const why of searchedWithout) io.print(`--- searched without a model: ${why}`);
  if (translation !== undefined) {
    const said = 'failed' in translation ? `not translated: ${translation.failed}` : translation.query;
    io.print(`--- searched for: ${said}`);
  }
  const lines = passages.map(({ heading, audience, score }, index) => {
    const marker = audience === 'internal' ? 'internal' : `S${index + 1}`;
    return `${marker.padEnd(8)} ${score.toFixed(2).padStart(6)}  ${heading}`;
  });
  io.print(`--- found\n${lines.length === 0 ? 'nothing' : lines.join('\n')}\n`);
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const text = positionals.join(' ').trim();
  if (text === '') throw new UsageError('What did the customer write? Give it in quotes.');
  const settings = readSettings(io, { intercom: false, model: true });
  const { config, secrets, policyFile } = settings;
  await using stored = await openKnowledge(settings, io);
  await using neighbours = createNeighbours(config, secrets, { onRefused: io.printError }, systemClock);
  const model = maskedBy(() => policyFile, neighbours.model);
  const budget = unlessMasked(() => policyFile, neighbours.budget);
  const trace: Trace = { timings: {} };
  const { knowledge } = stored;
  const deps = { model, settings: draftSettings, budget, lane: 'teammate' as const, knowledge };
  const { draft, findings, assessment } = await compose(text, policyFile, deps, trace, io.stop);
  for (const { role, content } of trace.prompt ?? []) io.print(`--- ${role}\n${content}\n`);
  if (assessment !== undefined) printPassages(trace, io);
  const what = findings === undefined ? 'draft' : 'question to ask instead of a draft';
  io.print(
    `--- ${what} by ${trace.model ?? 'the model'}${draft.isCut ? ' (cut at its length limit)' : ''}\n${draft.text}`,
  );
  for (const known of findings?.known ?? []) io.print(`known: ${known}`);
  for (const missing of findings?.missing ?? []) io.print(`missing: ${missing}`);
  if (assessment !== undefined) io.print(`--- ${assessment.rating.band}: ${assessment.rating.reasons.join(' ')}`);
  return 0;
}

export const draftCommand: Command = {
  summary: 'prints the prompt and the draft for a message; posts nothing',
  usage: `Usage: sidenote draft "TEXT"

Asks the model of LLM_BASE_URL for a draft as if a customer had written TEXT, with the instructions of
sidenote.yaml and with what its sources have given so far, and prints the prompt, what was found, the draft and its
band. Speaks to nobody but the model servers and the database, which it leaves as it is.`,
  run,
};
