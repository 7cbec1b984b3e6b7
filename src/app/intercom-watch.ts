import type { Availability } from '../intercom/availability.ts';
import type { PolicyFile } from '../policy-file/policy-file.ts';
import type { NeighbourHooks } from '../wiring.ts';
import type { Core } from './core.ts';

const lookEveryMs = 1000;

/** What is said of Intercom, and how much of its rate limit is for the background; `onRoom` hears when more turns may be begun. */
export const intercomHooks = (
  { events, health }: Core,
  limits: () => PolicyFile['limits'],
  onRoom: () => void,
): Pick<NeighbourHooks, 'onIntercomWaited' | 'onIntercomChanged' | 'backgroundPercent'> => ({
  backgroundPercent: () => limits().backgroundPercent,
  onIntercomWaited: (urgency, waitedMs) => events.intercomWaited(urgency, waitedMs),
  onIntercomChanged: (state) => {
    events.intercomChanged(state);
    if (state.kind === 'open') return health.intercom.failed(new Error(state.reason));
    health.intercom.succeeded();
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
