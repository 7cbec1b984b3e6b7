import { z } from 'zod';

const name = z.string().trim().min(1, 'it must not be empty');

const Topic = z.strictObject({
  name: name.describe('As rules and replying.topics call it.'),
  about: name.optional().describe('For the model: what belongs to it.'),
});

const attribute = name.optional();

/** `triage`: a short look of the model at the question, before the rules are asked. */
export const Triage = z.strictObject({
  topics: z
    .array(Topic)
    .default([])
    .describe('The team’s own list of topics, from which the model chooses one or none.')
    .superRefine((topics, context) => {
      const seen = new Set<string>();
      for (const [index, topic] of topics.entries()) {
        const key = topic.name.toLowerCase();
        if (key === 'none') {
          const message = '"none" stands for no topic: choose another name';
          context.addIssue({ code: 'custom', path: [index, 'name'], message });
        }
        if (seen.has(key)) {
          const message = `the topic "${topic.name}" stands twice: name each once`;
          context.addIssue({ code: 'custom', path: [index, 'name'], message });
        }
        seen.add(key);
      }
    }),
  attributes: z
    .strictObject({
      topic: attribute,
      urgency: attribute,
      sentiment: attribute,
      language: attribute,
      needsHuman: attribute,
    })
    .default({})
    .describe('Names of conversation attributes of the workspace that are filled with what triage says.'),
});
