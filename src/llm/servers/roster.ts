import type { Timeouts } from '../timers.ts';
import type { PooledServer } from './pool.ts';
import type { ModelServer, ServerEvent } from './server.ts';
import type { LocalSettings, ServerSettings } from './settings.ts';

/** What is configured: a server with its key, or a model on this machine. */
export type ConfiguredServer = { readonly timeouts: Timeouts } & (
  | { readonly settings: ServerSettings; readonly apiKey: string | undefined }
  | { readonly local: LocalSettings }
);

/** The servers as they are configured now, and those that are not any more but have calls to finish. */
export type Roster = {
  readonly members: readonly ModelServer[];
  readonly leaving: readonly ModelServer[];
  /**
   * Follows a new configuration: what is the same stays as it is, with all that is known of it; what is new joins;
   * what is gone, or is configured otherwise, finishes what it has and is closed. Gives those that joined.
   * @throws ModelError `config`, for an address or a key that can't work; then nothing has changed
   */
  replace(configured: readonly ConfiguredServer[]): readonly ModelServer[];
  /** To be called when a call at the server has ended: one that is leaving may be done. */
  settle(server: PooledServer): void;
  /** Tells of each member that it is there. */
  announce(): void;
};

export type RosterDeps = {
  /** Opens a server that tells of itself by `onEvent`. @throws ModelError `config` */
  readonly open: (configured: ConfiguredServer, onEvent: (event: ServerEvent) => void) => ModelServer;
  readonly isBusy: (server: ModelServer) => boolean;
  readonly onEvent: (event: ServerEvent) => void;
};

/** What makes two lines of the configuration the same server; whether it drains is not part of it. */
function identityOf(configured: ConfiguredServer): string {
  const { timeouts } = configured;
  if ('local' in configured) return JSON.stringify([configured.local, timeouts]);
  const { baseUrl, model, kind, callsMax, roles } = configured.settings;
  return JSON.stringify([baseUrl.href, model, kind, callsMax, [...roles].toSorted(), configured.apiKey, timeouts]);
}

const drains = (configured: ConfiguredServer): boolean => 'settings' in configured && configured.settings.isDraining;

type Member = { readonly identity: string; readonly server: ModelServer };

/** @throws ModelError `config`, for an address or a key that can't work */
export function createRoster(first: readonly ConfiguredServer[], { open, isBusy, onEvent }: RosterDeps): Roster {
  function join(configured: ConfiguredServer): Member {
    // One that is leaving is told of by its leaving alone: another of its name may have joined.
    const server = open(configured, (event) => {
      if (members.some((member) => member.server === server)) onEvent(event);
    });
    return { identity: identityOf(configured), server };
  }
  let members: readonly Member[] = [];
  members = first.map(join);
  const leaving = new Set<ModelServer>();

  function tell({ name, breaker, isDraining }: ModelServer): void {
    onEvent({ type: 'joined', server: name, state: breaker.state });
    if (isDraining()) onEvent({ type: 'draining', server: name });
  }

  function settle(ended: PooledServer): void {
    const server = [...leaving].find((one) => one === ended);
    if (server === undefined || isBusy(server)) return;
    leaving.delete(server);
    const { name } = server;
    onEvent({ type: 'left', server: name, isReplaced: members.some((member) => member.server.name === name) });
    void server.stop().catch(() => undefined); // nobody is left whom it could disturb
  }

  function leave(server: ModelServer): void {
    server.drain(true);
    leaving.add(server);
    if (isBusy(server)) onEvent({ type: 'draining', server: server.name });
    settle(server);
  }

  return {
    get members() {
      return members.map(({ server }) => server);
    },
    get leaving() {
      return [...leaving];
    },
    settle,
    announce() {
      for (const { server } of members) tell(server);
    },
    replace(configured) {
      const gone = [...members];
      const following = configured.map((one) => {
        const index = gone.findIndex(({ identity }) => identity === identityOf(one));
        const [kept] = index === -1 ? [] : gone.splice(index, 1);
        return { one, isNew: kept === undefined, member: kept ?? join(one) };
      });
      members = following.map(({ member }) => member);
      for (const { one, isNew, member } of following) {
        if (!isNew && member.server.isDraining() === drains(one)) continue;
        member.server.drain(drains(one));
        tell(member.server);
      }
      for (const { server } of gone) leave(server);
      return following.flatMap(({ isNew, member }) => (isNew ? [member.server] : []));
    },
  };
}
