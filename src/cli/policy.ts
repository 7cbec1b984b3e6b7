import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Conversation, PersonRecord } from '../domain/conversation.ts';
import { factsOf, type LookedUp } from '../domain/facts.ts';
import { parseConversationId } from '../domain/ids.ts';
import { decide, lookupsOf, type Policy, type Ruling, tagsToSet } from '../domain/policy.ts';
import { parseContact } from '../intercom/circumstances.ts';
import { parseConversation } from '../intercom/schema.ts';
import { systemClock } from '../lib/clock.ts';
import { readPolicyFile } from '../policy-file/policy-file.ts';
import { contactLanguage } from '../turn/contact-language.ts';
import { createDirectory, lookUp } from '../turn/look-up.ts';
import { createNeighbours } from '../wiring.ts';
import { atMost, readJson } from './arguments.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { policyPath, readSettings } from './settings.ts';
import { readId } from './stored.ts';

const usage = `Usage: sidenote policy check [FILE]
       sidenote policy explain CONVERSATION | FILE

check reads sidenote.yaml, or FILE, and says what is wrong with it, with line and column; it asks nobody.
explain says which rule decides for a conversation and why each earlier one does not. CONVERSATION is an id, read
from Intercom; FILE is JSON as the API answers GET /conversations/{id}, alone or as {"conversation": …,
"contact": …}, and then nobody is asked. Neither posts anything. The settings are those of "sidenote serve".`;

type Subject = { readonly conversation: Conversation; readonly lookedUp: LookedUp };

/** @returns 0 when the file can be used */
function check(io: Io, file: string | undefined): number {
  const path = file === undefined ? policyPath(io) : resolve(file);
  if (file !== undefined && !existsSync(path)) throw new UsageError(`There is no file ${path}.`);
  const read = readPolicyFile(path);
  if (!read.ok) {
    for (const problem of read.reason) io.printError(problem);
    return 1;
  }
  const { mode, rules } = read.value.policy;
  const names = rules.map(({ name }, index) => `  ${index + 1}. ${name}`);
  io.print(`${existsSync(path) ? path : `There is no ${path}: the defaults hold, which`} can be used: mode ${mode}.`);
  for (const line of names) io.print(line);
  return 0;
}

const WithContact = z.object({ conversation: z.unknown(), contact: z.unknown().optional() });

async function readSubject(file: string): Promise<{ conversation: Conversation; contact: PersonRecord | undefined }> {
  const json = await readJson(file);
  try {
    const { data } = WithContact.safeParse(json);
    return {
      conversation: parseConversation(data?.conversation ?? json),
      contact: data?.contact === undefined ? undefined : parseContact(data.contact),
    };
  } catch (cause) {
    throw new UsageError(`${file} does not hold a conversation as the API gives it, alone or under "conversation".`, {
      cause,
    });
  }
}

async function fromFile(file: string, policy: Policy): Promise<Subject> {
  const { conversation, contact } = await readSubject(file);
  const language = lookupsOf(policy).language ? await contactLanguage(conversation) : undefined;
  return { conversation, lookedUp: { now: Date.now(), contact, language } };
}

async function fromIntercom(id: string, io: Io): Promise<Subject & { readonly policy: Policy }> {
  const { config, secrets, policyFile } = readSettings(io, { intercom: true, model: false });
  await using neighbours = createNeighbours(config, secrets, { onRefused: io.printError }, systemClock);
  const { intercom } = neighbours;
  const conversation = await intercom.conversation(readId(parseConversationId, id), io.stop);
  const { policy } = policyFile;
  const deps = { policy, intercom, directory: createDirectory(intercom, Date.now), now: Date.now };
  return { conversation, policy, lookedUp: await lookUp(conversation, deps, io.stop) };
}

/** What a ruling posts when nothing goes wrong. */
const postedBy = { shadow: undefined, note: 'note', reply: 'comment' } as const;

function printVerdicts({ plan }: Ruling, policy: Policy, io: Io): void {
  for (const [index, { rule, verdict, because }] of (plan?.verdicts ?? []).entries()) {
    io.print(`${verdict === 'matched' ? 'yes' : 'no '}  ${index + 1}. ${rule}: ${because}`);
  }
  const later = plan === undefined ? 0 : policy.rules.length - plan.verdicts.length;
  if (later > 0) io.print(`     ${later} later rule(s) not asked: the first that matches decides`);
  if (plan !== undefined && plan.rule === undefined) io.print('     no rule matches: what the file itself says holds');
}

function printRuling(ruling: Ruling, policy: Policy, io: Io): void {
  const { plan } = ruling;
  printVerdicts(ruling, policy, io);
  if (ruling.kind === 'skip') {
    io.print(`\nNo draft: ${ruling.reason}.`);
  } else {
    io.print(`\nA draft, delivered as: ${ruling.deliverAs}.`);
  }
  for (const [what, value] of Object.entries({
    model: plan?.model,
    knowledge: plan?.knowledge?.join(', '),
    team: plan?.team,
  })) {
    if (value !== undefined) io.print(`${what}: ${value}`);
  }
  const posted = ruling.kind === 'skip' ? undefined : postedBy[ruling.deliverAs];
  const tags = tagsToSet(policy, plan, { posted, isHandedOver: false });
  if (tags.length > 0) io.print(`tags: ${tags.join(', ')}`);
}

async function explain(io: Io, subject: string): Promise<number> {
  let found: Subject & { readonly policy: Policy };
  if (existsSync(subject)) {
    const read = readPolicyFile(policyPath(io));
    if (!read.ok) {
      for (const problem of read.reason) io.printError(problem);
      return 1;
    }
    const { policy } = read.value;
    found = { policy, ...(await fromFile(subject, policy)) };
  } else if (/[./\\]/.test(subject)) {
    throw new UsageError(`There is no file ${resolve(subject)}.`);
  } else {
    found = await fromIntercom(subject, io);
  }
  const { conversation, lookedUp, policy } = found;
  const tags = conversation.tags.length === 0 ? 'no tags' : `tags ${conversation.tags.join(', ')}`;
  io.print(`Conversation ${conversation.id}: ${conversation.state}, ${tags}\n`);
  printRuling(decide(policy, conversation, factsOf(conversation, lookedUp)), policy, io);
  return 0;
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const [action, subject] = atMost(2, positionals);
  if (action === 'check') return check(io, subject);
  if (action === 'explain' && subject !== undefined) return await explain(io, subject);
  throw new UsageError('Say "policy check", or "policy explain" with a conversation’s id or file.');
}

export const policyCommand: Command = {
  summary: 'checks sidenote.yaml, or explains which rule decides for a conversation',
  usage,
  run,
};
