import { z } from 'zod';
import { Channel } from './channel.ts';
import { Mode } from './mode.ts';

const text = z.string().trim().min(1, 'it must not be empty');
const texts = z.array(text).min(1, 'name at least one');

const Attributes = z.record(
  text,
  z.array(z.union([z.string(), z.number(), z.boolean()])).min(1, 'name at least one value'),
);

const When = z.strictObject({
  tags: z
    .strictObject({
      any: texts.optional().describe('One of these tags stands.'),
      none: texts.optional().describe('None of these tags stands.'),
    })
    .optional(),
  topic: texts.optional().describe('What the question is about, from the team’s own list of topics.'),
  urgency: z
    .array(z.enum(['low', 'normal', 'high']))
    .min(1)
    .optional(),
  sentiment: z
    .array(z.enum(['negative', 'neutral', 'positive']))
    .min(1)
    .optional(),
  needsHuman: z.boolean().optional().describe('Whether a person is asked for or needed, as triage sees it.'),
  channel: z.array(Channel).min(1).optional().describe('Where the conversation began.'),
  language: z
    .array(z.string().regex(/^[a-z]{2}$/, 'give a language as de or en'))
    .min(1)
    .optional()
    .describe('What the contact writes in, by its two letters: de, en, fr.'),
  team: texts.optional().describe('The team in charge, by name or id; none: no team.'),
  assignee: texts.optional().describe('The teammate in charge, by name or id; none: nobody.'),
  contact: z
    .strictObject({
      role: z
        .array(z.enum(['user', 'lead']))
        .min(1)
        .optional(),
      attributes: Attributes.optional().describe('The contact’s own fields with the values that match.'),
    })
    .optional(),
  company: texts.optional().describe('The conversation’s company by name or id, or one of the contact’s by id.'),
  subject: texts.optional().describe('The subject contains one of these texts.'),
  attributes: Attributes.optional().describe('The conversation’s own fields with the values that match.'),
  hours: z.enum(['open', 'closed']).optional().describe('Within the business hours of the section hours, or not.'),
  message: z.enum(['first', 'follow-up']).optional().describe('first: nobody has answered the contact yet.'),
  fin: z.boolean().optional().describe('Whether Fin, Intercom’s AI agent, has taken part.'),
});

const Rule = z.strictObject({
  name: text.describe('Unique; it stands in the trace and in "sidenote policy explain".'),
  when: When.default({}).describe('All that is given must hold; of each list one is enough. Nothing: always.'),
  rollout: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe('Per cent of the conversations that match; the others go on to the next rule.'),
  mode: Mode.optional(),
  instructions: text.optional().describe('Added to the file’s own instructions.'),
  tone: text.optional().describe('How the answer should sound.'),
  model: text.optional().describe('The model that drafts, by the name that the model server serves.'),
  knowledge: texts.optional().describe('The knowledge sources that may be used, by name.'),
  tag: text.optional().describe('A tag that the conversation gets.'),
  team: text
    .optional()
    .describe(
      'The team, by name or id, that gets the conversation: at once, or in the mode reply where a person is needed.',
    ),
});

/** `rules`: in order, and the first that matches decides. */
export const Rules = z
  .array(Rule)
  .default([])
  .superRefine((rules, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of rules.entries()) {
      if (seen.has(name)) {
        const message = `another rule has the name "${name}": give each its own`;
        context.addIssue({ code: 'custom', path: [index, 'name'], message });
      }
      seen.add(name);
    }
  });
