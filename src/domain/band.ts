import type { CheckedSentence, CitationFlag } from './citations/check-citations.ts';
import type { DetailKind } from './citations/details.ts';

/** How far a teammate may trust a draft. Fixed rules decide it: docs/knowledge.md has them as a table. */
export type Band = 'green' | 'amber' | 'red';

/** The band, and each reason for it in words; for green, what makes it so. */
export type Rating = { readonly band: Band; readonly reasons: readonly string[] };

/** Whether the passages and the conversation hold what an answer needs. */
export type Answerability = 'yes' | 'partly' | 'no';

/** What the model says of one sentence against the passages. `no-claim`: a greeting, a question, a courtesy. */
export type Support = 'supported' | 'contradicted' | 'not-in-text' | 'no-claim';

/** One sentence of a draft with all that was found out about it. */
export type JudgedSentence = CheckedSentence & {
  /** undefined: the model was not asked, or did not say. */
  readonly support: Support | undefined;
};

export type RatingInput = {
  /** undefined: the model could not be asked. */
  readonly answerability: { readonly choice: Answerability; readonly probability: number | undefined } | undefined;
  readonly sentences: readonly JudgedSentence[];
  /** False when the support check did not take place. */
  readonly isSupportChecked: boolean;
  /** What the other checks say against the draft: cut off, another language. */
  readonly cautions: readonly string[];
};

/** A "yes" below this probability is taken for a "partly". Only where the server tells probabilities. */
const surenessMin = 0.7;

/** Wrong ones do harm at once: a teammate may not notice a wrong digit. The others are worth a look. */
const gravest: ReadonlySet<DetailKind> = new Set([
  'link',
  'e-mail address',
  'phone number',
  'price',
  'percentage',
  'date',
  'version',
]);

type Finding = { readonly band: Exclude<Band, 'green'>; readonly reason: string };

const counted = (count: number, one: string, several: string): string =>
  count === 1 ? `One ${one}` : `${count} ${several}`;

const isGrave = (flag: CitationFlag): boolean => flag.kind === 'unproven-detail' && gravest.has(flag.detail.kind);

function answerabilityFinding({ answerability }: RatingInput): Finding | undefined {
  if (answerability === undefined) {
    return { band: 'amber', reason: 'The model could not be asked whether the sources answer the question.' };
  }
  const { choice, probability } = answerability;
  if (choice === 'no') return { band: 'red', reason: 'The sources do not answer the question.' };
  if (choice === 'partly') return { band: 'amber', reason: 'The sources answer only part of the question.' };
  if (probability !== undefined && probability < surenessMin) {
    return { band: 'amber', reason: 'The model is not sure that the sources answer the question.' };
  }
  return undefined;
}

function supportFindings({ sentences, isSupportChecked }: RatingInput): readonly Finding[] {
  if (!isSupportChecked) {
    return [{ band: 'amber', reason: 'The model could not be asked whether the sources support each sentence.' }];
  }
  const count = (support: Support | undefined): number => sentences.filter((one) => one.support === support).length;
  const [contradicted, missing, unjudged] = [count('contradicted'), count('not-in-text'), count(undefined)];
  const claims = sentences.length - count('no-claim');
  const findings: Finding[] = [];
  if (contradicted > 0) {
    const reason = `${counted(contradicted, 'sentence contradicts', 'sentences contradict')} the sources.`;
    findings.push({ band: 'red', reason });
  }
  if (missing > 0) {
    const reason = `${counted(missing, 'sentence has', 'sentences have')} no support in the sources.`;
    findings.push({ band: missing * 2 > claims ? 'red' : 'amber', reason });
  }
  if (unjudged > 0) {
    const reason = `${counted(unjudged, 'sentence was', 'sentences were')} not held against the sources.`;
    findings.push({ band: 'amber', reason });
  }
  return findings;
}

function citationFindings({ sentences }: RatingInput): readonly Finding[] {
  const flags = sentences.flatMap((sentence) => sentence.flags);
  const grave = flags.filter(isGrave);
  const light = flags.filter((flag) => flag.kind === 'unproven-detail' && !isGrave(flag));
  const unknown = flags.filter((flag) => flag.kind === 'unknown-marker');
  const named = (some: readonly CitationFlag[]): string =>
    [
      ...new Set(
        some.map((flag) => (flag.kind === 'unproven-detail' ? `${flag.detail.kind} ${flag.detail.text}` : flag.marker)),
      ),
    ].join(', ');
  const findings: Finding[] = [];
  if (grave.length > 0)
    findings.push({
      band: 'red',
      reason: `Stands neither in the sources cited nor in the conversation: ${named(grave)}.`,
    });
  if (light.length > 0)
    findings.push({ band: 'amber', reason: `Check before sending, not found in the sources cited: ${named(light)}.` });
  if (unknown.length > 0)
    findings.push({ band: 'amber', reason: `Cites a source that does not exist: ${named(unknown)}.` });
  return findings;
}

/** A statement of fact needs a source; greetings and questions do not. Without a judgement none of them counts. */
function citationMissing({ sentences }: RatingInput): Finding | undefined {
  const claims = sentences.filter(({ support }) => support === 'supported' || support === 'not-in-text');
  if (claims.length === 0 || sentences.some(({ cites }) => cites.length > 0)) return undefined;
  return { band: 'amber', reason: 'No sentence names its source.' };
}

const worst = (findings: readonly Finding[]): Band => {
  if (findings.some(({ band }) => band === 'red')) return 'red';
  return findings.length > 0 ? 'amber' : 'green';
};

const praise = (sentences: readonly JudgedSentence[]): string =>
  sentences.every(({ support }) => support === 'no-claim')
    ? 'The draft states nothing that needs a source.'
    : 'The sources answer the question, and support each statement of the draft.';

/**
 * Rates a draft by fixed rules: red as soon as one reason is red, else amber as soon as there is one, else green.
 * The reasons come gravest first. Never a percentage: none of this is calibrated.
 */
export function rateDraft(input: RatingInput): Rating {
  const findings = [
    answerabilityFinding(input) ?? [],
    supportFindings(input),
    citationFindings(input),
    citationMissing(input) ?? [],
    input.cautions.map((reason): Finding => ({ band: 'amber', reason })),
  ].flat();
  const band = worst(findings);
  if (band === 'green') return { band, reasons: [praise(input.sentences)] };
  const reasons = [...findings.filter((one) => one.band === 'red'), ...findings.filter((one) => one.band === 'amber')];
  return { band, reasons: reasons.map(({ reason }) => reason) };
}
