import { ruleSentences } from '../llm/prompt.ts';
import type { Check } from './draft-check.ts';

/** Letters and digits alone, so that spaces, case and markup hide nothing. */
const bare = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '');

const bareRules = ruleSentences.map(bare);

/** The model has repeated what it was told to do: the word planted there, or one of our own sentences. */
export const noInstructions: Check = {
  name: 'no-instructions',
  find: ({ shown, promptMark }) => {
    const said = bare(shown);
    const isTold = said.includes(bare(promptMark)) || bareRules.some((rule) => said.includes(rule));
    return isTold ? { kind: 'withhold', says: 'the model repeated its instructions' } : undefined;
  },
};

/** No prompt holds a secret of the settings, so this can only come from what somebody pasted somewhere. */
export const noSecret: Check = {
  name: 'no-secret',
  find: ({ shown, secrets }) =>
    secrets.some((secret) => shown.includes(secret))
      ? { kind: 'withhold', says: 'the answer holds a secret of Sidenote’s settings' }
      : undefined,
};
