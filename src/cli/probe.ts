import { createReadStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createLinkRule } from '../domain/link-rule.ts';
import { messageText } from '../intercom/message-text.ts';
import { noteHtml } from '../intercom/note-html.ts';
import { guessLanguage } from '../lib/language.ts';
import { atMost, whyUnusable } from './arguments.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { probeSearch } from './probe-search.ts';

const id = z.union([z.string(), z.number()]);
const MessageInput = z
  .object({ id, email: z.boolean().nullish() })
  .and(z.union([z.object({ html: z.string() }), z.object({ text: z.string() })]));
const TextInput = z.object({ id, text: z.string() });

/** One line of input to one line of output. */
type ProbeLine = (input: unknown) => unknown;
type Options = { readonly corpus?: string | undefined; readonly hosts?: string | undefined };
type Part = { readonly takes: string; readonly prepare: (options: Options) => ProbeLine | Promise<ProbeLine> };

/** The pure parts that can be looked at alone. */
const parts: ReadonlyMap<string, Part> = new Map<string, Part>([
  [
    'message-text',
    {
      takes: '{id, html | text, email?: true} -> {id, text}: what a message says, without quotes and signature',
      prepare: () => (input) => {
        const message = MessageInput.parse(input);
        const body = 'html' in message ? { html: message.html } : { text: message.text };
        return { id: message.id, text: messageText({ ...body, isEmail: message.email === true }) };
      },
    },
  ],
  [
    'note-html',
    {
      takes: '{id, text} -> {id, html}: a model’s answer as the safe HTML of a note, with links to --hosts LIST alone',
      prepare: ({ hosts = '' }) => {
        const listed = hosts.split(',').flatMap((host) => host.trim() || []);
        const { allows: allowsLink } = createLinkRule({ hosts: listed, trusted: [], said: [] });
        return (input) => {
          const answer = TextInput.parse(input);
          return { id: answer.id, html: noteHtml(answer.text, { allowsLink }) };
        };
      },
    },
  ],
  [
    'language',
    {
      takes: '{id, text} -> {id, lang}: the likeliest language of a text, ISO 639-1; null without letters',
      prepare: () => async (input) => {
        const message = TextInput.parse(input);
        return { id: message.id, lang: (await guessLanguage(message.text))?.language ?? null };
      },
    },
  ],
  [
    'pii',
    {
      takes: '{id, text} -> {id, spans: [{start, end, kind}]}: personal data, in UTF-16 units',
      prepare: async () => {
        const { findPersonalData } = await import('../safety/personal-data.ts');
        return (input) => {
          const message = TextInput.parse(input);
          return { id: message.id, spans: findPersonalData(message.text) };
        };
      },
    },
  ],
  [
    'search',
    {
      takes: '{id, title?, text, locale?} -> {id, hits: [{document, score}]}: the ten best documents of --corpus FILE',
      prepare: async ({ corpus }) => {
        if (corpus !== undefined) await checkReadable(corpus);
        return await probeSearch(corpus);
      },
    },
  ],
]);

async function parseLine(line: string, lineNumber: number, probeLine: ProbeLine): Promise<string> {
  try {
    const json: unknown = JSON.parse(line);
    return JSON.stringify(await probeLine(json));
  } catch (error) {
    throw new UsageError(`Line ${lineNumber} can't be probed: ${whyUnusable(error)}.`, { cause: error });
  }
}

async function checkReadable(file: string): Promise<void> {
  const isReadable = await access(file, constants.R_OK).then(
    async () => !(await stat(file)).isDirectory(),
    () => false,
  );
  if (!isReadable) throw new UsageError(`${file} can't be read: check the path and its permissions.`);
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...args],
    options: { corpus: { type: 'string' }, hosts: { type: 'string' } },
    allowPositionals: true,
  });
  const [name, file] = atMost(2, positionals);
  const part = name === undefined ? undefined : parts.get(name);
  if (part === undefined || file === undefined) {
    throw new UsageError(`Give a part (${[...parts.keys()].join(', ')}) and a JSONL file.`);
  }
  let lineNumber = 0;
  await checkReadable(file);
  const probeLine = await part.prepare(values);
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    if (io.stop.aborted) break;
    lineNumber += 1;
    if (line.trim() !== '') io.print(await parseLine(line, lineNumber, probeLine));
  }
  return 0;
}

const listed = [...parts].map(([name, { takes }]) => `  ${name.padEnd(14)} ${takes}`).join('\n');

export const probe: Command = {
  summary: 'runs one pure part over a JSONL file',
  usage: `Usage: sidenote probe PART [--corpus FILE] [--hosts a.example,b.example] INPUT.jsonl

Prints one JSON line for each line of the file; needs no server, database or model. The parts:
${listed}`,
  run,
};
