import { z } from 'zod';
import { History } from './sections/history.ts';
import { KnowledgeSection } from './sections/knowledge.ts';
import { Retention } from './sections/retention.ts';
import { Tags } from './sections/tags.ts';

/**
 * All that sidenote.yaml may say: a line for each section, each in a file of its own under `sections/`. A
 * section that the policy is not made of comes out of `parsePolicyFile` under its own name.
 */
export const PolicySchema = z.strictObject({
  mode: z
    .enum(['off', 'shadow', 'note', 'reply'])
    .default('note')
    .describe('What becomes of a draft: off (none is written), shadow (written, not posted), note, reply.'),
  tags: Tags.prefault({}),
  instructions: z.string().default('').describe('The team’s own facts and tone, for the model.'),
  history: History.prefault({}),
  retention: Retention.prefault({}),
  knowledge: KnowledgeSection.prefault({}),
});

export type ParsedPolicy = z.infer<typeof PolicySchema>;
