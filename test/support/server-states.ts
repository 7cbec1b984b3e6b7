import type { TestApp } from './app.ts';

/** A model server as `/readyz` tells of it. */
export type ServerState = { readonly server: string; readonly state: string; readonly reason?: string };

export async function serversOf({ url }: Pick<TestApp, 'url'>): Promise<readonly ServerState[]> {
  const response = await fetch(new URL('/readyz', url));
  const { modelServers } = (await response.json()) as { readonly modelServers: readonly ServerState[] };
  return modelServers;
}

/** The first server, once it is in this state: Sidenote looks after its servers once a second by the real clock. */
export async function untilState(t: Pick<TestApp, 'url'>, state: string): Promise<ServerState> {
  for (;;) {
    const [server] = await serversOf(t);
    if (server?.state === state) return server;
  }
}
