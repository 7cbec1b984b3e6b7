import type { ModelServers } from './servers.ts';

const lookEveryMs = 1000;

/** Looks after the servers every second, until disposed. */
export function watchServers(servers: ModelServers): Disposable {
  const stopping = new AbortController();
  const timer = setInterval(() => void servers.look(stopping.signal), lookEveryMs);
  timer.unref();
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      stopping.abort();
    },
  };
}
