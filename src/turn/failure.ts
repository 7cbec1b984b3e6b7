import type { Failure } from '../domain/retry.ts';
import { IntercomError } from '../intercom/errors.ts';
import { OutboundRefused } from '../lib/outbound.ts';
import { ModelError, type ModelErrorKind } from '../llm/model.ts';
import { DatabaseAway } from '../store/database.ts';

/**
 * What a model's error means for the turn. A wrong key or model name counts as an outage: the turn is
 * sound and waits until a person has mended the setting.
 */
const modelFailures: Record<ModelErrorKind, Failure['kind']> = {
  config: 'outage',
  busy: 'outage',
  loading: 'outage',
  unreachable: 'outage',
  engine: 'outage',
  'first-event-timeout': 'outage',
  'too-long': 'terminal',
  'idle-timeout': 'fault',
  'total-timeout': 'fault',
  'broken-stream': 'fault',
  empty: 'fault',
  'run-away': 'fault',
  'broken-answer': 'fault',
  cancelled: 'fault',
};

const intercomFailures: Record<IntercomError['kind'], Failure['kind']> = {
  misconfigured: 'outage',
  limited: 'outage',
  away: 'outage',
  gone: 'fault', // something beside the conversation, as a contact that was merged at this moment
  rejected: 'terminal',
};

/** What kind of failure a thrown error is: decided by its class and kind, never by its words. */
export function toFailure(error: unknown): Failure {
  if (error instanceof ModelError) {
    return { kind: modelFailures[error.kind], message: error.message, retryAfterMs: error.retryAfterMs };
  }
  if (error instanceof IntercomError) {
    return { kind: intercomFailures[error.kind], message: error.message, retryAfterMs: error.retryAfterMs };
  }
  const message = error instanceof Error ? error.message : String(error);
  const isOutage = error instanceof DatabaseAway || error instanceof OutboundRefused;
  return { kind: isOutage ? 'outage' : 'fault', message, retryAfterMs: undefined };
}
