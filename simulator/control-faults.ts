import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import { z } from 'zod';
import type { FaultEffect, FaultRule, Faults } from './faults.ts';
import { NotFound } from './workspace.ts';

const When = { when: z.enum(['before', 'after']).optional() };

const Effect: z.ZodType<FaultEffect> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('status'),
    status: z.number().int().min(200).max(599),
    code: z.string().optional(),
    body: z.enum(['error-list', 'html']).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    ...When,
  }),
  z.object({ kind: z.literal('delay'), ...When }),
  z.object({ kind: z.literal('hang'), ...When }),
  z.object({ kind: z.literal('reset'), ...When }),
  z.object({ kind: z.literal('nonsense'), ...When }),
  z.object({ kind: z.literal('rate-limited'), resetInSeconds: z.number().optional() }),
  z.object({ kind: z.literal('token-revoked') }),
  z.object({ kind: z.literal('scope-missing') }),
]);

/** `times: null` stands for "until it is removed": JSON has no Infinity. */
const Rule: z.ZodType<FaultRule> = z.object({
  method: z.string().optional(),
  path: z.string(),
  nth: z.number().int().min(1).optional(),
  times: z
    .number()
    .int()
    .min(1)
    .nullish()
    .transform((times) => (times === null ? Infinity : times)),
  effect: Effect,
});

/**
 * `POST /simulator/faults` takes a rule and gives its id; `GET` and `DELETE /simulator/faults/{id}`
 * and `POST /simulator/faults/{id}/release` go on from there; `DELETE /simulator/faults` ends all.
 */
export function addFaultControl(routes: Hono<{ Bindings: HttpBindings }>, faults: Faults): void {
  const known = (id: string) => {
    const fault = faults.find(id);
    if (fault === undefined) throw new NotFound(`There is no fault ${id}.`);
    return fault;
  };
  routes.post('/faults', async (context) => {
    const { id, hits } = faults.add(Rule.parse(await context.req.json()));
    return context.json({ id, hits });
  });
  routes.delete('/faults', (context) => {
    faults.clear();
    return context.json({});
  });
  routes.get('/faults/:id', (context) => {
    const { id, hits } = known(context.req.param('id'));
    return context.json({ id, hits });
  });
  routes.delete('/faults/:id', (context) => {
    known(context.req.param('id')).remove();
    return context.json({});
  });
  routes.post('/faults/:id/release', (context) => {
    known(context.req.param('id')).release();
    return context.json({});
  });
}
