import { randomUUID } from 'node:crypto';
import type { LiveKnowledge } from '../knowledge/live-knowledge.ts';
import type { Clock } from '../lib/clock.ts';
import { Worker } from '../queue/worker.ts';
import { createAttempts } from '../turn/attempts.ts';
import type { createIdentity } from '../turn/identity.ts';
import { createDirectory } from '../turn/look-up.ts';
import { createReplyGate } from '../turn/reply-gate.ts';
import type { Scheduler } from '../turn/scheduler.ts';
import { draftSettings, type Neighbours } from '../wiring.ts';
import { type Core, monotonicNow } from './core.ts';
import type { Steering } from './steering.ts';

export type WithIdentity = { readonly identity: ReturnType<typeof createIdentity> };
type WithClock = { readonly clock: Clock };
type WithKnowledge = { readonly knowledge: LiveKnowledge };

/** The worker that takes turns through all their stages. */
export function createWorker(
  core: Core,
  { policyFile, killSwitch }: Steering,
  {
    intercom,
    model,
    identity,
    knowledge,
    budget,
    guard,
    turnsAllowed,
    turnsMax,
    clock,
  }: Neighbours & WithIdentity & WithKnowledge & WithClock,
  { scheduler, onWork }: { readonly scheduler: Scheduler; readonly onWork: () => void },
): Worker {
  const { db, events, now, onError, health, makeContext } = core;
  const run = createAttempts({
    db,
    intercom,
    makeContext,
    model,
    knowledge,
    now,
    events,
    health,
    monotonicNow,
    directory: createDirectory(intercom, now),
    identity,
    policy: () => policyFile().policy,
    isPaused: async () => (await killSwitch.look()).length > 0,
    lane: 'draft',
    settings: draftSettings,
    budget,
    guard,
    replyGate: createReplyGate(db, clock),
  });
  return new Worker(
    { owner: randomUUID(), turnsMax, pollMs: 1000 },
    {
      db,
      makeContext,
      monotonicNow,
      run,
      isPaused: () => killSwitch.isPaused,
      onError,
      turnsAllowed,
      prepare: async () => await scheduler.catchUp(),
      onClaimed: (turn) => events.turnClaimed(turn),
      onSettled: (attempt, settled) => {
        if (settled === undefined) return events.attemptDiscarded(attempt);
        events.attemptEnded(settled.turn);
        if (settled.opened !== undefined) events.turnOpened(settled.opened);
        if (settled.opened !== undefined || settled.turn.state === 'waiting') onWork();
      },
      onDied: (turn) => events.turnEnded(turn),
    },
  );
}
