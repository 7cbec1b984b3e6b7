import type { Policy } from '../../src/domain/policy.ts';
import { defaultPolicyFile } from '../../src/policy-file/policy-file.ts';

/** Replies to whatever comes, without sources and without a line below them: for tests of how a reply is posted. */
export const freeReplies: Policy['replying'] = {
  ...defaultPolicyFile.policy.replying,
  topics: 'any',
  withoutSources: true,
  readingSecondsMin: 0,
  inARowMax: 1000,
  hourlyMax: 1000,
  spacingSeconds: 0,
  disclosure: '',
  person: '',
};

/** The same, as a section of sidenote.yaml. */
export const freeRepliesYaml = `replying:
  topics: any
  withoutSources: true
  readingSeconds: 0
  inARow: 50
  hourly: 1000
  spacingSeconds: 0
  disclosure: ""
  person: ""
`;
