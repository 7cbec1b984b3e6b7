import type { z } from 'zod';
import { suggest } from '../lib/suggest.ts';
import type { Hours } from './sections/hours.ts';
import type { KnowledgeSection } from './sections/knowledge.ts';
import type { Replying } from './sections/replying.ts';
import type { Rules } from './sections/rules.ts';
import type { Triage } from './sections/triage.ts';

type Referring = {
  readonly rules: z.infer<typeof Rules>;
  readonly triage: z.infer<typeof Triage>;
  readonly replying: z.infer<typeof Replying>;
  readonly knowledge: z.infer<typeof KnowledgeSection>;
  readonly hours?: z.infer<typeof Hours> | undefined;
};

/** What one section says of another must be there. */
export function checkReferences(file: Referring, context: z.core.$RefinementCtx): void {
  const { rules, hours, knowledge } = file;
  checkTopics(file, context);
  const sources = knowledge.sources.map(({ name }) => name);
  for (const [index, { when, knowledge: used = [] }] of rules.entries()) {
    if (when.hours !== undefined && hours === undefined) {
      const message = 'there are no business hours: add the section "hours"';
      context.addIssue({ code: 'custom', path: ['rules', index, 'when', 'hours'], message });
    }
    for (const [place, name] of used.entries()) {
      if (sources.includes(name)) continue;
      const meant = suggest(name, sources);
      const remedy = meant === undefined ? 'name one of knowledge.sources' : `perhaps "${meant}" is meant`;
      const message = `there is no knowledge source "${name}": ${remedy}`;
      context.addIssue({ code: 'custom', path: ['rules', index, 'knowledge', place], message });
    }
  }
}

function checkTopics({ rules, triage, replying }: Referring, context: z.core.$RefinementCtx): void {
  const topics = triage.topics.map(({ name }) => name);
  const known = new Set(topics.map((name) => name.toLowerCase()));
  const check = (names: readonly string[], path: readonly PropertyKey[]): void => {
    for (const [place, name] of names.entries()) {
      if (known.has(name.toLowerCase())) continue;
      const meant = suggest(name, topics);
      const remedy = meant === undefined ? 'name it in triage.topics' : `perhaps "${meant}" is meant`;
      context.addIssue({ code: 'custom', path: [...path, place], message: `there is no topic "${name}": ${remedy}` });
    }
  };
  for (const [index, { when }] of rules.entries()) check(when.topic ?? [], ['rules', index, 'when', 'topic']);
  if (replying.topics !== 'any') check(replying.topics, ['replying', 'topics']);
}
