import { z } from 'zod';
import { checkReferences } from './references.ts';
import { Fin } from './sections/fin.ts';
import { History } from './sections/history.ts';
import { Hours } from './sections/hours.ts';
import { Models } from './sections/models.ts';
import { KnowledgeSection } from './sections/knowledge.ts';
import { Links } from './sections/links.ts';
import { Limits } from './sections/limits.ts';
import { Mode } from './sections/mode.ts';
import { Privacy } from './sections/privacy.ts';
import { Replying } from './sections/replying.ts';
import { Retention } from './sections/retention.ts';
import { Rules } from './sections/rules.ts';
import { Sweep } from './sections/sweep.ts';
import { Tags } from './sections/tags.ts';
import { Triage } from './sections/triage.ts';

/**
 * All that sidenote.yaml may say: a line for each section, each in a file of its own under `sections/`. A
 * section that the policy is not made of comes out of `parsePolicyFile` under its own name.
 */
const sections = {
  mode: Mode.default('note'),
  tags: Tags.prefault({}),
  instructions: z.string().default('').describe('The team’s own facts and tone, for the model.'),
  history: History.prefault({}),
  automatic: z
    .enum(['skip', 'draft'])
    .default('skip')
    .describe('What becomes of out-of-office replies, bounces, no-reply mailboxes and bot loops.'),
  hours: Hours.optional(),
  triage: Triage.prefault({}),
  rules: Rules,
  links: Links.prefault({}),
  replying: Replying.prefault({}),
  fin: Fin.prefault({}),
  privacy: Privacy.prefault({}),
  retention: Retention.prefault({}),
  sweep: Sweep.prefault({}),
  limits: Limits.prefault({}),
  models: Models.default([]).describe('The model servers, in the place of LLM_BASE_URL.'),
  knowledge: KnowledgeSection.prefault({}),
};

export const PolicySchema = z.strictObject(sections).superRefine(checkReferences);

export type ParsedPolicy = z.infer<typeof PolicySchema>;
