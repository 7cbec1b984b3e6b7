import path from 'node:path';
import { describe, it } from 'node:test';
import { RuleTester } from 'oxlint/plugins-dev';
import type { Rule } from './rule.ts';

/** Code and the file, relative to the root, in which it stands. */
export type Case = { readonly file: string; readonly code: string };

RuleTester.describe = (title, body) => void describe(title, body);
RuleTester.it = (title, body) => void it(title, body);

const root = path.join(import.meta.dirname, '..', '..');
const inProject = ({
  file,
  code,
}: Case): { readonly filename: string; readonly code: string; readonly cwd: string } => ({
  filename: path.join(root, file),
  code,
  cwd: root,
});

/** Declares one test per case: `good` passes, `bad` is reported once and in words that match `message`. */
export function testRule(
  name: string,
  rule: Rule,
  cases: { readonly good: readonly Case[]; readonly bad: readonly (Case & { readonly message: RegExp })[] },
): void {
  new RuleTester({ languageOptions: { parserOptions: { lang: 'ts' } } }).run(name, rule, {
    valid: cases.good.map(inProject),
    invalid: cases.bad.map((bad) => ({ ...inProject(bad), errors: [{ message: bad.message }] })),
  });
}
