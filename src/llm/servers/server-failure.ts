import type { BreakerRules } from '../../lib/breaker.ts';
import type { ModelError } from '../model.ts';

/** Five failures within a minute, as docs/model-servers.md says; a server that restarts is found within 15 s. */
export const breakerRules: BreakerRules = {
  failuresMax: 5,
  windowMs: 60_000,
  canaryFirstMs: 1000,
  canaryLastMs: 15_000,
};

/**
 * Whether an error says that the server cannot work for anyone now. A busy server works, a prompt that is too
 * long speaks of itself, and a refused request may be the fault of one request; a refused key or name is not.
 */
export function isServerFailure({ kind, status }: ModelError): boolean {
  switch (kind) {
    case 'unreachable':
    case 'loading':
    case 'engine':
    case 'broken-stream':
    case 'first-event-timeout':
    case 'idle-timeout':
    case 'total-timeout':
      return true;
    case 'config':
      return status === 401 || status === 403 || status === 404;
    default:
      return false;
  }
}
