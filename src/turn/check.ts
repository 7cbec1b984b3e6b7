import { noInstructions, noSecret } from './check-leaks.ts';
import { knownLinks } from './check-links.ts';
import type { Check, CheckInput } from './draft-check.ts';

/** What the checks say of a draft. A `caution` keeps a draft from being sent by itself; a note says it to the teammate. */
export type Verdict =
  | { readonly kind: 'passed'; readonly cautions: readonly string[] }
  | { readonly kind: 'withheld'; readonly reason: string };

const checks: readonly Check[] = [
  {
    name: 'not-empty',
    find: ({ draft: { text } }) =>
      /[\p{L}\p{N}]/u.test(text) ? undefined : { kind: 'withhold', says: 'the model wrote no words' },
  },
  {
    name: 'not-cut',
    find: ({ draft: { isCut } }) =>
      isCut ? { kind: 'caution', says: 'The draft was cut at its length limit: the end is missing.' } : undefined,
  },
  {
    name: 'language',
    find: ({ draft: { languageMissed } }) =>
      languageMissed === undefined
        ? undefined
        : { kind: 'caution', says: `The draft is not in the customer’s language, ${languageMissed}.` },
  },
  {
    name: 'no-reasoning',
    find: ({ draft: { text } }) =>
      /<\/?think(?:ing)?>/iu.test(text)
        ? { kind: 'withhold', says: 'the model’s reasoning is mixed into the answer' }
        : undefined,
  },
  noInstructions,
  noSecret,
  knownLinks,
];

/** Looks at a draft by itself. Gives the verdict and what each check said, for the trace. */
export function checkDraft(input: CheckInput): {
  readonly verdict: Verdict;
  readonly said: readonly { readonly check: string; readonly said: string }[];
} {
  const findings = checks.map(({ name, find }) => ({ name, finding: find(input) }));
  const said = findings.map(({ name, finding }) => ({ check: name, said: finding?.says ?? 'passed' }));
  const withholding = findings.find(({ finding }) => finding?.kind === 'withhold');
  if (withholding?.finding !== undefined) {
    return { verdict: { kind: 'withheld', reason: withholding.finding.says }, said };
  }
  const cautions = findings.flatMap(({ finding }) => finding?.says ?? []);
  return { verdict: { kind: 'passed', cautions }, said };
}
