import type { Draft } from './draft.ts';

/** What the checks say of a draft. A `caution` keeps a draft from being sent by itself; a note says it to the teammate. */
export type Verdict =
  | { readonly kind: 'passed'; readonly cautions: readonly string[] }
  | { readonly kind: 'withheld'; readonly reason: string };

type Check = {
  readonly name: string;
  /** What speaks against the draft, or undefined. */
  readonly find: (draft: Draft) => { readonly kind: 'caution' | 'withhold'; readonly says: string } | undefined;
};

const checks: readonly Check[] = [
  {
    name: 'not-empty',
    find: ({ text }) =>
      /[\p{L}\p{N}]/u.test(text) ? undefined : { kind: 'withhold', says: 'the model wrote no words' },
  },
  {
    name: 'not-cut',
    find: ({ isCut }) =>
      isCut ? { kind: 'caution', says: 'The draft was cut at its length limit: the end is missing.' } : undefined,
  },
  {
    name: 'language',
    find: ({ languageMissed }) =>
      languageMissed === undefined
        ? undefined
        : { kind: 'caution', says: `The draft is not in the customer’s language, ${languageMissed}.` },
  },
  {
    name: 'no-reasoning',
    find: ({ text }) =>
      /<\/?think(?:ing)?>/iu.test(text)
        ? { kind: 'withhold', says: 'the model’s reasoning is mixed into the answer' }
        : undefined,
  },
];

/** Looks at a draft by itself. Gives the verdict and what each check said, for the trace. */
export function checkDraft(draft: Draft): {
  readonly verdict: Verdict;
  readonly said: readonly { readonly check: string; readonly said: string }[];
} {
  const findings = checks.map(({ name, find }) => ({ name, finding: find(draft) }));
  const said = findings.map(({ name, finding }) => ({ check: name, said: finding?.says ?? 'passed' }));
  const withholding = findings.find(({ finding }) => finding?.kind === 'withhold');
  if (withholding?.finding !== undefined) {
    return { verdict: { kind: 'withheld', reason: withholding.finding.says }, said };
  }
  const cautions = findings.flatMap(({ finding }) => finding?.says ?? []);
  return { verdict: { kind: 'passed', cautions }, said };
}
