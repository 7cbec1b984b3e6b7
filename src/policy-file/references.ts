import type { z } from 'zod';
import type { Hours } from './sections/hours.ts';
import type { Rules } from './sections/rules.ts';

type Referring = {
  readonly rules: z.infer<typeof Rules>;
  readonly hours?: z.infer<typeof Hours> | undefined;
};

/** What one section says of another must be there. */
export function checkReferences({ rules, hours }: Referring, context: z.core.$RefinementCtx): void {
  for (const [index, { when }] of rules.entries()) {
    if (when.hours === undefined || hours !== undefined) continue;
    const message = 'there are no business hours: add the section "hours"';
    context.addIssue({ code: 'custom', path: ['rules', index, 'when', 'hours'], message });
  }
}
