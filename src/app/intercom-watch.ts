import type { Events } from '../events.ts';
import type { Availability } from '../intercom/availability.ts';
import type { HealthRecord } from '../lib/health.ts';
import type { NeighbourHooks } from '../wiring.ts';

const lookEveryMs = 1000;

/** What is said of Intercom; `onRoom` hears when more turns may be begun. */
export const intercomHooks = (
  events: Events,
  health: HealthRecord,
  onRoom: () => void,
): Pick<NeighbourHooks, 'onIntercomWaited' | 'onIntercomChanged'> => ({
  onIntercomWaited: (urgency, waitedMs) => events.intercomWaited(urgency, waitedMs),
  onIntercomChanged: (state) => {
    events.intercomChanged(state);
    if (state.kind === 'open') return health.failed(new Error(state.reason));
    health.succeeded();
    onRoom();
  },
});

/** Looks every second whether Intercom is back while it is away, until disposed. */
export function watchIntercom(availability: Availability): Disposable {
  const stopping = new AbortController();
  const timer = setInterval(() => void availability.look(stopping.signal), lookEveryMs);
  timer.unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      stopping.abort();
    },
  };
}

/** For `/readyz`: whether calls go out, and if not, when Intercom is asked next. */
export function reportCalls({ state }: Availability): Readonly<Record<string, unknown>> {
  const calls = ({ closed: 'all', recovering: 'coming back', open: 'held back' } as const)[state.kind];
  return { calls, ...(state.kind === 'open' ? { nextTryAt: state.canaryAt } : {}) };
}
