/** What the app and the commands both need, made from the settings. */
import { randomBytes } from 'node:crypto';
import type { Config, Secrets } from './config.ts';
import { parseTurnId, type TurnId } from './domain/ids.ts';
import type { TransitionContext } from './domain/turn.ts';
import { Availability } from './intercom/availability.ts';
import { createIntercomClient, type IntercomClient } from './intercom/client.ts';
import { RateLimiter, type Urgency } from './intercom/rate-limiter.ts';
import type { BreakerState } from './lib/breaker.ts';
import type { Clock } from './lib/clock.ts';
import { createOutbound } from './lib/outbound.ts';
import { defaultPolicyFile, type PolicyFile } from './policy-file/policy-file.ts';
import { secretFrom } from './lib/secret-file.ts';
import type { TokenBudget } from './llm/budget.ts';
import type { LanguageModel } from './llm/model.ts';
import { type MaskSettings, withMask } from './llm/masked-model.ts';
import { createModelSide, type ModelHooks, type ModelSide } from './model-wiring.ts';
import type { DatabaseSource } from './store/open.ts';
import type { DraftSettings } from './turn/writing.ts';
import { createGuard, type Guard } from './turn/guard.ts';

const hourMs = 3_600_000;
const waitMaxMs = 10_000;
const intercomConnectionsMin = 64;
const fixedRetry = { faultsBeforeSuspect: 1, backoffFirstMs: 1000, backoffMaxMs: 60_000 };
/** More faults than otherwise kill a turn whose workers died: some of them may have died of another. */
const deathsForgiven = 3;

/** Low temperature: support wants the likely answer. 700 tokens are some 500 words, more than any good reply. */
export const draftSettings: DraftSettings = { outputTokensMax: 700, temperature: 0.2 };

const idChars = 12;

/**
 * Makes ids of 12 letters and digits: short enough to read out, and 60 bits. Chance is drawn for many at once,
 * since a draw costs the same for one byte and for a thousand.
 */
function turnIdMaker(): () => TurnId {
  let drawn = new Uint8Array();
  let used = 0;
  return () => {
    if (used + idChars > drawn.length) [drawn, used] = [randomBytes(idChars * 100), 0];
    const bytes = drawn.subarray(used, (used += idChars));
    return parseTurnId(Array.from(bytes, (byte) => '0123456789abcdefghjkmnpqrstvwxyz'[byte % 32]).join(''));
  };
}

/** A context for each decision: the time, chance, an id of its own and the limits as they are now. */
export function contextMaker(
  quietPeriodMs: number,
  now: () => number,
  limits: () => PolicyFile['limits'] = () => defaultPolicyFile.limits,
): () => TransitionContext {
  const newTurnId = turnIdMaker();
  return () => {
    const { leaseSeconds, faults, outageHours } = limits();
    return {
      now: now(),
      random: Math.random(),
      nextTurnId: newTurnId(),
      timing: { quietPeriodMs, waitMaxMs: Math.max(waitMaxMs, quietPeriodMs), leaseDurationMs: leaseSeconds * 1000 },
      retry: {
        ...fixedRetry,
        faultsMax: faults,
        faultsMaxByDeath: faults + deathsForgiven,
        outageMaxMs: outageHours * hourMs,
      },
    };
  };
}

/** `schema` puts the tables of a test apart on a shared PostgreSQL server. */
export const databaseSource = (config: Config, secrets: Secrets, schema?: string): DatabaseSource =>
  config.database.kind === 'sqlite'
    ? config.database
    : { kind: 'postgres', url: secrets.databaseUrl ?? '', ...(schema === undefined ? {} : { schema }) };

/** The mask that sidenote.yaml asks for under `privacy`. */
export const maskOf = (policyFile: () => PolicyFile): MaskSettings => ({
  kinds: () => new Set(policyFile().privacy.mask),
  // Some MB of number plans and check digits, which only those pay for who want them.
  loadFinder: async () => (await import('./safety/personal-data.ts')).findPersonalData,
});

/** The model behind that mask. */
export const maskedBy = (policyFile: () => PolicyFile, model: LanguageModel): LanguageModel =>
  withMask(model, maskOf(policyFile));

/** A server that may not see personal data may not count it either: then prompts are estimated. */
export const unlessMasked = (policyFile: () => PolicyFile, budget: TokenBudget): TokenBudget => ({
  ...budget,
  count: async (messages, signal) =>
    policyFile().privacy.mask.length > 0 ? undefined : await budget.count(messages, signal),
});

export type Neighbours = AsyncDisposable &
  ModelSide & {
    readonly intercom: IntercomClient;
    /** The one that the next call carries. */
    readonly intercomToken: () => string;
    /** The same, for calls that can wait: they take only a share of Intercom's rate limit and yield to drafts. */
    readonly intercomInBackground: IntercomClient;
    readonly availability: Availability;
    readonly guard: Guard;
  };

/** Who hears of what is worth knowing and is no error, and who is asked what may change meanwhile. */
export type NeighbourHooks = ModelHooks & {
  readonly onRefused: (origin: string) => void;
  /** A call to Intercom was held back for the rate limit, so many ms. */
  readonly onIntercomWaited?: (urgency: Urgency, waitedMs: number) => void;
  /** Asked for each call: the share of Intercom's rate limit, in percent, that background calls may use. */
  readonly backgroundPercent?: () => number;
  /** Calls to Intercom are held back, or go out again. */
  readonly onIntercomChanged?: (state: BreakerState) => void;
};

/** The clients to Intercom and to the model servers, each behind a door that leads to its own host alone. */
export function createNeighbours(config: Config, secrets: Secrets, hooks: NeighbourHooks, clock: Clock): Neighbours {
  const { intercom: toIntercom, model } = config;
  const modelSide = createModelSide({ model, modelKeys: secrets.modelKeys }, hooks, clock.now);
  const dispatcher = createOutbound({
    allowedOrigins: new Set([toIntercom.apiUrl.origin]),
    // With room for model servers that come later, and with them more turns at the same time.
    connectionsPerOriginMax: Math.max(modelSide.turnsMax(), intercomConnectionsMin) + 2,
    onRefused: hooks.onRefused,
  });
  const { onIntercomWaited, backgroundPercent } = hooks;
  const limiter = new RateLimiter({
    ...clock,
    random: Math.random,
    ...(onIntercomWaited === undefined ? {} : { onWaited: onIntercomWaited }),
    ...(backgroundPercent === undefined ? {} : { backgroundPercent }),
  });
  const token = secretFrom(secrets.intercomTokenPath, secrets.intercomToken);
  const { apiUrl: baseUrl, timeoutMs } = toIntercom;
  const settings = { baseUrl, timeoutMs, token, dispatcher, limiter };
  const asking = createIntercomClient({ ...settings, urgency: 'draft' });
  const availability = new Availability({
    now: clock.now,
    random: Math.random,
    turnsMax: modelSide.turnsMax,
    canary: async (signal) => await asking.me(signal),
    onChange: (state) => hooks.onIntercomChanged?.(state),
  });
  const intercomFor = (urgency: Urgency): IntercomClient =>
    createIntercomClient({ ...settings, availability, urgency });
  return {
    intercom: intercomFor('draft'),
    intercomToken: token,
    intercomInBackground: intercomFor('background'),
    availability,
    ...modelSide,
    turnsAllowed: () => Math.min(modelSide.turnsAllowed(), availability.turnsAllowed()),
    guard: createGuard(secrets, modelSide.modelKeys, randomBytes(32)),
    [Symbol.asyncDispose]: async () => {
      await modelSide.servers.stop();
      await dispatcher.close();
    },
  };
}
