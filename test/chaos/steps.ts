import { fc } from '../support/fast-check.ts';
import { z } from 'zod';
import type { Topic } from '../../simulator/webhooks.ts';
import type { Instance, Instances, Mode, Skews } from './instances.ts';

/** What may happen next in one conversation. `pick` chooses among what Intercom has told of it so far. */
export type Step =
  | { readonly kind: 'write'; readonly who: 'contact' | 'teammate' | 'bot' | 'colleague' | 'closer' }
  | { readonly kind: 'redact' }
  | { readonly kind: 'contact-changes'; readonly how: 'mergeContact' | 'replaceContact'; readonly pick: number }
  | { readonly kind: 'deliver'; readonly pick: number; readonly copies: number; readonly to: 0 | 1 }
  | { readonly kind: 'deliver-under'; readonly pick: number; readonly topic: number; readonly to: 0 | 1 }
  | { readonly kind: 'look'; readonly by: 0 | 1 }
  | { readonly kind: 'heartbeat'; readonly by: 0 | 1 }
  | { readonly kind: 'model-answers'; readonly at: 0 | 1 }
  /** As on a good day: the newest notification comes, the turn falls due, and its attempt ends. */
  | { readonly kind: 'good-day'; readonly by: 0 | 1 }
  | { readonly kind: 'stalled-goes-on' }
  | { readonly kind: 'post-fails'; readonly when: 'before' | 'after'; readonly how: 'reset' | 'nonsense' | 'status' }
  | { readonly kind: 'stall'; readonly index: 0 | 1 }
  | { readonly kind: 'pass'; readonly ms: number };

/** A whole story, with what holds all through it. */
export type Story = { readonly mode: Mode; readonly skews: Skews; readonly steps: readonly Step[] };

const minuteMs = 60_000;
const instance = fc.constantFrom(0 as const, 1 as const);
const pick = fc.nat({ max: 30 });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write'),
      who: fc.constantFrom('contact', 'contact', 'contact', 'teammate', 'bot', 'colleague', 'closer'),
    }),
  },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('deliver'), pick, copies: fc.nat({ max: 5 }), to: instance }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('deliver-under'), pick, topic: fc.nat({ max: 30 }), to: instance }),
  },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('look'), by: instance }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('heartbeat'), by: instance }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('model-answers'), at: instance }) },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('good-day'), by: instance }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'stalled-goes-on' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('post-fails'),
      when: fc.constantFrom('before', 'after'),
      how: fc.constantFrom('reset', 'nonsense', 'status'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stall'), index: instance }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'redact' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('contact-changes'),
      how: fc.constantFrom('mergeContact', 'replaceContact'),
      pick,
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constant('pass'),
      ms: fc.constantFrom(0, 500, 1500, 3000, 16_000, 60 * minuteMs),
    }),
  },
);

const skew = fc.constantFrom(0, 0, -7 * minuteMs, 3 * minuteMs);

export const anyStory: fc.Arbitrary<Story> = fc.record({
  mode: fc.constantFrom('note', 'reply'),
  skews: fc.record({ intercomMs: skew, secondInstanceMs: skew }),
  steps: fc.array(anyStep, { minLength: 5, maxLength: 40, size: 'max' }),
});

/** The topics under which the same message may come a second time, with an id of its own. */
const doubles: ReadonlyMap<string, readonly Topic[]> = new Map([
  ['conversation.user.created', ['conversation.user.replied']],
  ['conversation.user.replied', ['conversation.user.replied', 'conversation.user.created']],
  ['conversation.admin.replied', ['conversation.admin.replied', 'conversation.admin.closed']],
  ['conversation.operator.replied', ['conversation.admin.replied']],
  ['conversation.admin.noted', ['conversation.admin.replied']],
]);

/** Our own words may come back under any of them. */
const everyTopic: readonly Topic[] = [
  'conversation.user.replied',
  'conversation.admin.replied',
  'conversation.operator.replied',
  'conversation.admin.noted',
  'conversation.admin.closed',
];

/** Does one step to the conversation, and waits until nothing goes on but what the model holds. */
export async function perform(step: Step, conversationId: string, world: Instances): Promise<void> {
  await performOnce(step, conversationId, world);
  await world.quiet();
}

async function performOnce(step: Step, conversationId: string, world: Instances): Promise<void> {
  const { simulator, instances, stalled, clock } = world;
  switch (step.kind) {
    case 'write':
      return write(step.who, conversationId, world);
    case 'redact':
      return simulator.redact(conversationId, simulator.conversation(conversationId)?.source.id ?? '');
    case 'contact-changes':
      return simulator[step.how]({ conversationId, contactName: `Contact ${conversationId} ${step.pick}` });
    case 'deliver':
      return await deliver(step, conversationId, world);
    case 'deliver-under':
      return await deliverUnder(step, conversationId, world);
    case 'look':
      return void (await instances[step.by].app.worker.tick());
    case 'heartbeat':
      return await instances[step.by].app.worker.heartbeat();
    case 'model-answers':
      return await answer(instances[step.at], world);
    case 'good-day': {
      const newest = toldOf(world, conversationId).at(-1);
      if (newest !== undefined) await instances[step.by].receive(newest);
      await instances[step.by].app.worker.tick();
      clock.advance(3000);
      await instances[step.by].app.worker.tick();
      await world.quiet();
      return await answer(instances[step.by], world);
    }
    case 'stalled-goes-on':
      for (const one of stalled) await answer(one, world);
      return;
    case 'post-fails': {
      const { when, how } = step;
      const effect = how === 'status' ? ({ kind: how, status: 502, when } as const) : ({ kind: how, when } as const);
      simulator.faults.add({ method: 'POST', path: /reply$/, effect });
      return;
    }
    case 'stall':
      return await world.replace(step.index);
    case 'pass':
      return clock.advance(step.ms);
  }
}

function write(who: Extract<Step, { kind: 'write' }>['who'], conversationId: string, { simulator }: Instances): void {
  const html = '<p>One more word.</p>';
  switch (who) {
    case 'contact':
      return void simulator.contactWrites({ conversationId, html });
    case 'teammate':
      return void simulator.teammateWrites({ conversationId, html });
    case 'colleague':
      return void simulator.teammateWrites({ conversationId, html, kind: 'note' });
    case 'bot':
      return void simulator.botWrites({ conversationId, html });
    case 'closer':
      return simulator.close(conversationId);
  }
}

/** The model's answer comes, and with it all that follows. */
async function answer({ model }: Instance, world: Instances): Promise<void> {
  model.release();
  await world.quiet();
}

const toldOf = ({ told }: Instances, conversationId: string) =>
  told.filter(({ item }) => JSON.stringify(item).includes(`"${conversationId}"`));

async function deliver(
  { pick: lot, copies, to }: Extract<Step, { kind: 'deliver' }>,
  conversationId: string,
  world: Instances,
): Promise<void> {
  const told = toldOf(world, conversationId);
  const notification = told[lot % told.length];
  if (notification === undefined) return;
  for (let copy = 0; copy < copies; copy += 1) await world.instances[to].receive(notification);
}

const WithParts = z.object({
  conversation_parts: z.object({ conversation_parts: z.array(z.object({ author: z.object({ id: z.string() }) })) }),
});

/** Who wrote the parts that a notification is about. */
const authorsOf = (item: unknown): readonly string[] =>
  WithParts.safeParse(item).data?.conversation_parts.conversation_parts.map(({ author }) => author.id) ?? [];

async function deliverUnder(
  { pick: lot, topic, to }: Extract<Step, { kind: 'deliver-under' }>,
  conversationId: string,
  world: Instances,
): Promise<void> {
  const told = toldOf(world, conversationId);
  const notification = told[lot % told.length];
  if (notification === undefined) return;
  const topics = authorsOf(notification.item).includes(world.simulator.adminId)
    ? everyTopic
    : (doubles.get(notification.topic) ?? []);
  const other = topics[topic % Math.max(topics.length, 1)];
  if (other !== undefined) await world.instances[to].receive(world.under(notification, other));
}

/** Every notification comes at last, the troubles end, the stalled go on, and work is done until none is left. */
export async function bringToRest(conversationId: string, world: Instances): Promise<void> {
  const { simulator, instances, clock } = world;
  simulator.faults.clear();
  const handled = new Set<string | null>();
  for (let rounds = 0; rounds < 100; rounds += 1) {
    for (const notification of toldOf(world, conversationId).filter(({ id }) => !handled.has(id))) {
      handled.add(notification.id);
      await world.instances[0].receive(notification);
    }
    for (const one of [...world.stalled, ...instances]) {
      if (!world.stalled.includes(one)) await one.app.worker.tick();
      await world.quiet();
      await answer(one, world);
    }
    const turns = await instances[0].app.worker.tick();
    await world.quiet();
    if (turns === 0 && (await isAtRest(world)) && handled.size === toldOf(world, conversationId).length) return;
    clock.advance(5 * minuteMs);
  }
  throw new Error('A turn is still live after 100 rounds.');
}

async function isAtRest({ instances }: Instances): Promise<boolean> {
  const [row] = await instances[0].app.db.query({
    texts: ["select count(*) as turns from turns where state in ('waiting', 'working')"],
    values: [],
  });
  return Number(row?.['turns']) === 0;
}
