import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import type { Policy } from '../domain/policy.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { issueSentences, type Place } from './problems.ts';
import { type ParsedPolicy, PolicySchema } from './schema.ts';

/** Everything that sidenote.yaml may say: what turns are decided by, and the other sections as they stand. */
export type PolicyFile = ReturnType<typeof toPolicyFile>;

function toPolicyFile(file: ParsedPolicy) {
  const { mode, tags, instructions, history, automatic, hours, triage, rules, replying, fin, links, ...sections } =
    file;
  const webHosts = sections.knowledge.sources.flatMap((source) => (source.type === 'web' ? source.url.hostname : []));
  const decided = { mode, tags, instructions, automatic, hours, triage, rules, replying };
  const policy: Policy = {
    ...decided,
    historyExchanges: history.exchanges,
    linkHosts: [...links.hosts, ...webHosts],
    whileFinActive: fin.active,
  };
  return { policy, ...sections };
}

/** What holds where there is no file. */
export const defaultPolicyFile: PolicyFile = toPolicyFile(PolicySchema.parse({}));

/** Reads the text of a sidenote.yaml. Each problem is a sentence with line and column, `name` in front. */
export function parsePolicyFile(text: string, name: string): Result<PolicyFile, readonly string[]> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const at: Place = (offset) => {
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
  const parsed = PolicySchema.safeParse(content ?? {});
  if (parsed.success) return ok(toPolicyFile(parsed.data));
  return fail(parsed.error.issues.flatMap((issue) => issueSentences(issue, document, at)));
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
