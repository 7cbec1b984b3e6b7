import { z } from 'zod';
import { findMarkers, withoutMarkers } from '../domain/citations/markers.ts';
import { splitSentences } from '../domain/citations/sentences.ts';
import type { AnswerFormat, Message } from './model.ts';
import { taskStart } from './tasks.ts';

/** What a prompt with passages shows, read back from its last message. */
export type ScriptedSources = {
  /** What the contact asks. */
  readonly question: string;
  readonly task: string;
  /** The sentences of the passages that share most with the question, best first, each with its marker. */
  readonly telling: readonly TellingSentence[];
  /** All that the passages say, for comparison. */
  readonly plain: string;
};

type TellingSentence = {
  readonly text: string;
  readonly marker: string;
  readonly shared: number;
  readonly passageShare: number;
};

const passagePattern = /<passage id="S(\d+)" title="([^"]*)"[^>]*>\n([\s\S]*?)\n<\/passage>/g;
const sentenceWordsMin = 4;

/** The long words of a text by their first five letters, which is stemming enough for a demo. */
function stems(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/\p{L}{4,}/gu) ?? [];
  return new Set(words.filter((word) => !common.has(word)).map((word) => word.slice(0, 5)));
}

const common = new Set(
  'about after also been could does from have here into just know like need please some than thank thanks that their them then there they this want were what when where which will with would your'.split(
    ' ',
  ),
);

const shareOf = (wanted: ReadonlySet<string>, text: string): number => {
  const present = stems(text);
  return [...wanted].filter((stem) => present.has(stem)).length;
};

/** Without marks, and without tables, which make no sentences. */
const plainText = (markdown: string): string =>
  markdown
    .replaceAll(/^\s*\|.*$/gmu, '')
    .replaceAll(/[*_`#>]|^\s*(?:[-*]|\d+[.)])\s+/gmu, '')
    .trim();

/** Reads the passages of a prompt; undefined for a prompt that has no sources. */
export function readSources(messages: readonly Message[]): ScriptedSources | undefined {
  const last = messages.at(-1)?.content ?? '';
  const [begin, end] = [last.indexOf('<passages>'), last.indexOf('</passages>')];
  if (begin < 0 || end < begin) return undefined;
  const question = last.slice(0, begin);
  const [, task = ''] = last.slice(end).split(taskStart);
  const wanted = stems(question);
  const passages = Array.from(
    last.slice(begin, end).matchAll(passagePattern),
    ([, number = '', title = '', text = '']) => {
      const plain = plainText(text);
      return {
        marker: `[S${number}]`,
        plain,
        share: wanted.size === 0 ? 0 : shareOf(wanted, `${title} ${plain}`) / wanted.size,
      };
    },
  );
  const telling = passages.flatMap(({ marker, plain, share }) =>
    splitSentences(plain, 'en').map(({ text }) => ({
      text,
      marker,
      shared: shareOf(wanted, text),
      passageShare: share,
    })),
  );
  return {
    question: question.trim(),
    task,
    plain: passages.map(({ plain }) => plain).join('\n'),
    telling: telling
      .filter(({ text, shared }) => shared > 0 && text.split(/\s+/u).length >= sentenceWordsMin)
      .toSorted((a, b) => b.passageShare - a.passageShare || b.shared - a.shared),
  };
}

/** The facts of a scripted reply: two sentences of the best passages, cited. */
export const citedFacts = ({ telling }: ScriptedSources): readonly string[] =>
  telling.slice(0, 2).map(({ text, marker }) => `${text} ${marker}`);

const Findings = z.object({ known: z.array(z.string()), missing: z.array(z.string()), question: z.string() });

/** A long message has many words, so a few in common are worth something too. */
function judge({ telling }: ScriptedSources): 'yes' | 'partly' | 'no' {
  const [best] = telling;
  if (best === undefined) return 'no';
  if (best.passageShare >= 0.34) return 'yes';
  return best.passageShare >= 0.2 || best.shared >= 2 ? 'partly' : 'no';
}

/** A sentence is supported when the passages hold it word for word, as the sentences of a scripted reply do. */
function verdict(sentence: string, plain: string): string {
  const words = (text: string): string =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim();
  if (words(plain).includes(words(withoutMarkers(sentence)))) return 'supported';
  return findMarkers(sentence).length > 0 ? 'not-in-text' : 'no-claim';
}

function supports({ task, plain }: ScriptedSources): Readonly<Record<string, string>> {
  const sentences = Array.from(
    task.matchAll(/^(\d+)\. (.+?)\)?$/gmu),
    ([, number = '', text = '']) => [number, text] as const,
  );
  return Object.fromEntries(sentences.map(([number, text]) => [number, verdict(text, plain)]));
}

/**
 * What a scripted model decides about a prompt with passages, by words in common alone: whether they answer, what is
 * known and missing, which sentences they support. Undefined for other questions. `ask` is a question to the contact.
 */
export function decideBySources(format: AnswerFormat, messages: readonly Message[], ask: string): string | undefined {
  const sources = readSources(messages);
  if (sources === undefined) return undefined;
  if (format.name === 'answerable') return JSON.stringify({ choice: judge(sources) });
  if (format.name === 'support') return JSON.stringify(supports(sources));
  if (format.name !== 'findings') return undefined;
  const known = citedFacts(sources).slice(0, 1);
  const asked = withoutMarkers(sources.question.replace(/^Subject: .*\s+/u, ''));
  const missing = [`an article that answers: ${asked}`];
  return JSON.stringify(Findings.parse({ known, missing, question: ask }));
}
