import { readFileSync } from 'node:fs';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Policy } from './domain/policy.ts';
import { fail, ok, type Result } from './lib/result.ts';

/** How long what was done is kept. */
type Retention = {
  /** Days that ended turns, with their traces and posted texts, are kept. */
  readonly days: number;
};

/** Everything that sidenote.yaml may say. */
export type PolicyFile = { readonly policy: Policy; readonly retention: Retention };

const tagNames = z.array(z.string().trim().min(1, 'a tag name must not be empty'));

const File = z.strictObject({
  mode: z.enum(['off', 'shadow', 'note', 'reply']).default('note'),
  tags: z.strictObject({ only: tagNames.default([]), never: tagNames.default(['spam', 'handoff']) }).prefault({}),
  instructions: z.string().default(''),
  history: z.strictObject({ exchanges: z.int().min(3).max(20).default(5) }).prefault({}),
  retention: z.strictObject({ days: z.int().min(1).max(3650).default(30) }).prefault({}),
});

function toPolicyFile(file: z.infer<typeof File>): PolicyFile {
  const { mode, tags, instructions, history, retention } = file;
  return { policy: { mode, tags, instructions, historyExchanges: history.exchanges }, retention };
}

/** What holds where there is no file. */
export const defaultPolicyFile: PolicyFile = toPolicyFile(File.parse({}));

/** Reads the text of a sidenote.yaml. Each problem is a sentence with line and column, `name` in front. */
export function parsePolicyFile(text: string, name: string): Result<PolicyFile, readonly string[]> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${name}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const notYaml = (offset: number, why: string): string =>
    `${at(offset)} is not valid YAML: ${why.replace(/\.$/, '')}.`;
  if (document.errors.length > 0) return fail(document.errors.map(({ pos, message }) => notYaml(pos[0], message)));
  let content: unknown;
  try {
    content = document.toJS();
  } catch (error) {
    return fail([notYaml(0, error instanceof Error ? error.message : String(error))]); // an alias of nothing, or of too much
  }
  const parsed = File.safeParse(content ?? {});
  if (parsed.success) return ok(toPolicyFile(parsed.data));
  return fail(parsed.error.issues.flatMap((issue) => issueSentences(issue, document, at)));
}

type Place = (offset: number) => string;

function issueSentences(issue: z.core.$ZodIssue, document: Document, at: Place): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const setting = [...issue.path, key].join('.');
      return `${at(keyOffset(document, issue.path, key))} "${setting}" is not a setting that this version knows: correct or remove it.`;
    });
  }
  const setting = issue.path.join('.');
  const what = setting === '' ? 'The file' : `"${setting}"`;
  return [`${at(valueOffset(document, issue.path))} ${what} is wrong: ${issue.message}.`];
}

/** Where the value at `path` begins, or the nearest one around it that is written down. */
function valueOffset(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range != null) return node.range[0];
  }
  return 0;
}

/** Where `key` stands in the map at `path`. */
function keyOffset(document: Document, path: readonly PropertyKey[], key: string): number {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  const keys = isMap(map) ? map.items.map((pair) => pair.key) : [];
  const node = keys.find((one) => isScalar(one) && String(one.value) === key);
  return isScalar(node) && node.range != null ? node.range[0] : valueOffset(document, path);
}

/** The file at `path`, or the defaults where there is none. */
export function readPolicyFile(path: string): Result<PolicyFile, readonly string[]> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing ? ok(defaultPolicyFile) : fail([`${path} can't be read: check its permissions.`]);
  }
  return parsePolicyFile(text, path);
}
