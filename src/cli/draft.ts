import { parseArgs } from 'node:util';
import { systemClock } from '../lib/clock.ts';
import { createNeighbours, draftSettings, maskedBy, unlessMasked } from '../wiring.ts';
import { type Conversation, noCircumstances } from '../domain/conversation.ts';
import { parseConversationId, parsePartId } from '../domain/ids.ts';
import { draftReply } from '../turn/draft.ts';
import { readInquiry } from '../turn/inquiry.ts';
import { prepareWriting } from '../turn/writing.ts';
import type { Trace } from '../turn/trace.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { readSettings } from './settings.ts';

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

async function run(args: readonly string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const text = positionals.join(' ').trim();
  if (text === '') throw new UsageError('What did the customer write? Give it in quotes.');
  const { config, secrets, policyFile } = readSettings(io, { intercom: false, model: true });
  await using neighbours = createNeighbours(config, secrets, { onRefused: io.printError }, systemClock);
  const model = maskedBy(() => policyFile, neighbours.model);
  const budget = unlessMasked(() => policyFile, neighbours.budget);
  const trace: Trace = { timings: {} };
  const { policy } = policyFile;
  const deps = { model, settings: draftSettings, budget, lane: 'teammate' as const };
  const inquiry = await readInquiry(conversationOf(text), policy);
  const writing = await prepareWriting(
    { inquiry, grounds: undefined, instructions: policy.instructions },
    deps,
    io.stop,
  );
  const draft = await draftReply(writing, {}, deps, trace, io.stop);
  for (const { role, content } of trace.prompt ?? []) io.print(`--- ${role}\n${content}\n`);
  io.print(
    `--- draft by ${trace.model ?? 'the model'}${draft.isCut ? ' (cut at its length limit)' : ''}\n${draft.text}`,
  );
  return 0;
}

export const draftCommand: Command = {
  summary: 'prints the prompt and the draft for a message; posts nothing',
  usage: `Usage: sidenote draft "TEXT"

Asks the model of LLM_BASE_URL for a draft as if a customer had written TEXT, with the instructions of
sidenote.yaml, and prints prompt and draft. Speaks to nobody but the model server.`,
  run,
};
