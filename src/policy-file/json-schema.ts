import { z } from 'zod';
import { PolicySchema } from './schema.ts';

/** sidenote.yaml as JSON Schema, draft 2020-12, for completion in editors. What it accepts is still read strictly. */
export function policyJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(PolicySchema, { io: 'input', unrepresentable: 'any' });
  return { $schema, title: 'sidenote.yaml', ...schema };
}

const Node = z.object({
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
});

/** The nodes one step further down; of alternatives all. */
function below(node: unknown, step: PropertyKey): readonly unknown[] {
  const parsed = Node.safeParse(node);
  if (!parsed.success) return [];
  const { properties, items, anyOf = [], oneOf = [] } = parsed.data;
  const here = typeof step === 'number' ? items : properties?.[String(step)];
  return [here, ...[...anyOf, ...oneOf].flatMap((option) => below(option, step))].filter((one) => one !== undefined);
}

function keysOf(node: unknown): readonly string[] {
  const parsed = Node.safeParse(node);
  if (!parsed.success) return [];
  const { properties = {}, anyOf = [], oneOf = [] } = parsed.data;
  return [...Object.keys(properties), ...[...anyOf, ...oneOf].flatMap(keysOf)];
}

/** The settings that there are at `path`. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const root: readonly unknown[] = [policyJsonSchema()];
  const nodes = path.reduce<readonly unknown[]>((found, step) => found.flatMap((node) => below(node, step)), root);
  return [...new Set(nodes.flatMap(keysOf))];
}
