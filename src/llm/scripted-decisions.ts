import { z } from 'zod';
import type { AnswerFormat } from './model.ts';

const Field = z.looseObject({
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  type: z.string().optional(),
});
const Schema = z.looseObject({ properties: z.record(z.string(), Field).optional() });

/**
 * An answer that fits the format, with no model at all: of each list of values the first, else the emptiest value of
 * its type. Whoever asks puts the value first that a demo should show.
 */
export function plainDecision(format: AnswerFormat): string {
  const { properties = {} } = Schema.parse(format.schema);
  return JSON.stringify(
    Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, plainValue(field)])),
  );
}

function plainValue(field: z.infer<typeof Field>): unknown {
  if (field.const !== undefined) return field.const;
  if (field.enum !== undefined) return field.enum[0];
  const emptiest: Readonly<Record<string, unknown>> = { string: '', boolean: false, array: [], object: {} };
  if (field.type === 'number' || field.type === 'integer') return 0;
  return field.type === undefined ? null : (emptiest[field.type] ?? null);
}
