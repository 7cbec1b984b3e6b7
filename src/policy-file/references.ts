import type { z } from 'zod';
import { suggest } from '../lib/suggest.ts';
import type { Hours } from './sections/hours.ts';
import type { KnowledgeSection } from './sections/knowledge.ts';
import type { Rules } from './sections/rules.ts';

type Referring = {
  readonly rules: z.infer<typeof Rules>;
  readonly knowledge: z.infer<typeof KnowledgeSection>;
  readonly hours?: z.infer<typeof Hours> | undefined;
};

/** What one section says of another must be there. */
export function checkReferences({ rules, hours, knowledge }: Referring, context: z.core.$RefinementCtx): void {
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
