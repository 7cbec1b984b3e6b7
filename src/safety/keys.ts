import { type Detector, detectorOf } from './spans.ts';

/** Secrets by the beginnings that their issuers publish, so that leaked ones can be found. */
const issued = new RegExp(
  [
    String.raw`\bsk-(?:ant-|proj-|live-|test-)?[\w-]{16,}`, // OpenAI, Anthropic
    String.raw`\b(?:sk|rk|pk)_(?:live|test)_\w{10,}`, // Stripe
    String.raw`\b(?:ghp|gho|ghu|ghs|ghr)_\w{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{16,}`,
    String.raw`\bxox[abeoprs]-[\w-]{10,}`, // Slack
    String.raw`\b(?:AKIA|ASIA)[A-Z\d]{16}\b`, // AWS
    String.raw`\bAIza[\w-]{30,}`, // Google
    String.raw`\bSG\.[\w-]{16,}\.[\w-]{16,}`, // SendGrid
    String.raw`\bnpm_\w{30,}|\bpypi-[\w-]{30,}|\bhf_\w{20,}`,
    String.raw`\bdG9r[\w=+/]{20,}`, // Intercom access tokens
    String.raw`\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}`, // a JSON web token
    String.raw`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)`,
  ].join('|'),
  'g',
);

/** What people write after a word that says it is secret. */
const told =
  /\b(?:api[ _-]?key|access[ _-]?(?:key|token)|secret(?:[ _-]?key)?|auth[ _-]?token|token|client[ _-]?secret|password|passwort|passwd|pwd|mot de passe|contraseña|senha|hasło|wachtwoord|lösenord)\b["']?\s*(?:is|ist|es|est|[:=])\s*["'`]?(?<data>[^\s"'`<>,;]{6,})/giu;

/** Ordinary words after "password is": "incorrect", "required". A secret has letters and digits or signs mixed. */
const looksSecret = (value: string): boolean =>
  /\d/.test(value) && /[\p{L}]/u.test(value) && !/^(?:https?:|\d{1,4}$)/i.test(value);

const findIssued: Detector = detectorOf('key', issued, () => true);
const findTold: Detector = detectorOf('key', told, looksSecret);

/** Keys, tokens and passwords. */
export const findKeys: Detector = (text) => [...findIssued(text), ...findTold(text)];
