import { readFileSync } from 'node:fs';
import { isNode, LineCounter, parseDocument } from 'yaml';
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
    return `${name}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    return fail(document.errors.map((error) => `${at(error.pos[0])} is not valid YAML: ${error.message}.`));
  }
  const parsed = File.safeParse(document.toJS() ?? {});
  if (parsed.success) return ok(toPolicyFile(parsed.data));
  const offsetOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range != null) return node.range[0];
    }
    return 0;
  };
  return fail(
    parsed.error.issues.flatMap((issue) => {
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => {
          const path = [...issue.path, key];
          return `${at(offsetOf(path))} "${path.join('.')}" is not a setting that this version knows: correct or remove it.`;
        });
      }
      const path = issue.path.join('.');
      return `${at(offsetOf(issue.path))} ${path === '' ? 'The file' : `"${path}"`} is wrong: ${issue.message}.`;
    }),
  );
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
