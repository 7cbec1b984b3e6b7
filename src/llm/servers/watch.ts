import type { ModelServers } from './servers.ts';

const lookEveryMs = 1000;

/** Tells which servers there are, then looks after them every second, until disposed. */
export function watchServers(servers: ModelServers): Disposable {
  servers.announce();
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
