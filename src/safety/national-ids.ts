import { stdnum } from 'stdnum';
import { type Detector, detectorOf } from './spans.ts';

type NationalId = {
  /** The whole number as it is written. */
  readonly shape: string;
  /** Country and name of the validator in stdnum; undefined: the shape is all there is to check. */
  readonly validator?: readonly [country: string, name: string];
  /** Where the shape alone is too common, what has to be written within 40 characters before it. */
  readonly after?: RegExp;
};

/**
 * Numbers of persons, by the country that gives them. A number whose shape many others have needs a word before it;
 * one with letters in fixed places, or with a date of birth and check digits, speaks for itself.
 */
const nationalIds: readonly NationalId[] = [
  { shape: String.raw`\d{3}[- ]\d{2}[- ]\d{4}`, validator: ['US', 'ssn'] },
  { shape: String.raw`\d{9}`, validator: ['US', 'ssn'], after: /\b(?:ssn|social security)\b/i },
  { shape: String.raw`9\d{2}[- ](?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]\d{4}` }, // US, ITIN
  { shape: String.raw`[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]`, validator: ['GB', 'nino'] },
  { shape: String.raw`\d{3}[- ]\d{3}[- ]\d{3}`, validator: ['CA', 'sin'] },
  { shape: String.raw`\d{9}`, validator: ['CA', 'sin'], after: /\b(?:sin|social insurance)\b/i },
  { shape: String.raw`\d{2} ?\d{3} ?\d{3} ?\d{3}`, validator: ['DE', 'idnr'], after: /steuer|tax|id-?nr/i },
  { shape: String.raw`\d{8}[A-Z]\d{3}`, validator: ['DE', 'svnr'] },
  { shape: String.raw`[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ\d]{8}\d?`, after: /pass|ausweis/i }, // DE
  { shape: String.raw`\d{8}-?[A-Z]`, validator: ['ES', 'dni'] },
  { shape: String.raw`[XYZ]-?\d{7}-?[A-Z]`, validator: ['ES', 'nie'] },
  { shape: String.raw`[12] ?\d{2} ?\d{2} ?[\dAB]{2} ?\d{3} ?\d{3} ?\d{2}`, validator: ['FR', 'nir'] },
  {
    shape: String.raw`[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z]`,
    validator: ['IT', 'codicefiscale'],
  },
  { shape: String.raw`\d{6}[-+A-FU-Y]\d{3}[\dA-Y]`, validator: ['FI', 'hetu'] },
  { shape: String.raw`(?:\d{2})?\d{6}[-+]\d{4}`, validator: ['SE', 'personnummer'] },
  { shape: String.raw`(?:\d{2})?\d{10}`, validator: ['SE', 'personnummer'], after: /person/i },
  { shape: String.raw`\d{6} ?\d{5}`, validator: ['NO', 'fodselsnummer'] },
  { shape: String.raw`\d{6}-\d{4}`, validator: ['DK', 'cpr'] },
  { shape: String.raw`\d{11}`, validator: ['PL', 'pesel'] },
  { shape: String.raw`\d{2}\.?\d{2}\.?\d{2}-?\d{3}\.?\d{2}`, validator: ['BE', 'nn'] },
  { shape: String.raw`\d{8,9}`, validator: ['NL', 'bsn'], after: /\b(?:bsn|burgerservice|sofi)/i },
  { shape: String.raw`756\.?\d{4}\.?\d{4}\.?\d{2}`, validator: ['CH', 'ssn'] },
  { shape: String.raw`\d{6}/\d{3,4}`, validator: ['CZ', 'rc'] },
  { shape: String.raw`[1-9]\d{12}`, validator: ['RO', 'cnp'] },
  { shape: String.raw`\d{9}`, validator: ['PT', 'nif'], after: /\b(?:nif|contribuinte)\b/i },
  { shape: String.raw`\d{7}[A-W][A-IW]?`, validator: ['IE', 'pps'] },
  { shape: String.raw`\d{4}[ -]\d{4}[ -]\d{4}|\d{12}`, validator: ['IN', 'aadhaar'] },
  { shape: String.raw`[A-Z]{3}[PCHABGJLFT][A-Z]\d{4}[A-Z]` }, // IN, PAN
  { shape: String.raw`[A-Z]\d{7}`, after: /passport/i },
  { shape: String.raw`[STFGM]\d{7}[A-Z]` }, // SG, NRIC and FIN
  { shape: String.raw`\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}` }, // KR
  { shape: String.raw`\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[1-8]\d{6}`, after: /rrn|frn|resident|주민/i },
  { shape: String.raw`\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{7}`, validator: ['ZA', 'idnr'] },
  { shape: String.raw`[1-9]\d{10}`, validator: ['TR', 'tckimlik'] },
  { shape: String.raw`[1-8]-?\d{4}-?\d{5}-?\d{2}-?\d`, validator: ['TH', 'idnr'] },
  { shape: String.raw`\d{17}[\dX]`, validator: ['CN', 'ric'] },
  { shape: String.raw`\d{3}\.\d{3}\.\d{3}-\d{2}`, validator: ['BR', 'cpf'] },
  { shape: String.raw`[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z\d]\d`, validator: ['MX', 'curp'] },
  { shape: String.raw`\d{3} ?\d{3} ?\d{3}`, validator: ['AU', 'tfn'], after: /\b(?:tfn|tax file)/i },
  { shape: String.raw`[A-Z]{1,3}\d{6,8}`, after: /pass(?:port|nummer|aporte|aporto|eport)|travel document|reisepass/i },
];

function toDetector({ shape, validator, after }: NationalId): Detector {
  const check = validator === undefined ? undefined : stdnum[validator[0]]?.[validator[1]];
  // No letter, digit or sign that could join it to something longer.
  const pattern = new RegExp(String.raw`(?<![\w.@/+-])(?:${shape})(?![\w@]|[.-]\d)`, 'g');
  return detectorOf('national-id', pattern, (value, before) => {
    if (after !== undefined && !after.test(before.slice(-40))) return false;
    return check === undefined || check.validate(value).isValid;
  });
}

const detectors = nationalIds.map(toDetector);

/** Numbers by which states know a person: tax, insurance, identity. Those with check digits are checked. */
export const findNationalIds: Detector = (text) => detectors.flatMap((find) => find(text));
