import { parseTeammateId } from '../domain/ids.ts';
import type { IntercomClient } from '../intercom/client.ts';
import type { Identity } from './gather.ts';

/**
 * Who we are in the workspace: asked of Intercom once, when it first answers, so that Sidenote starts
 * while Intercom is away. `assistantId` is the configured teammate; without it, the token's owner writes.
 */
export function createIdentity(
  intercom: IntercomClient,
  assistantId: string | undefined,
): (signal: AbortSignal) => Promise<Identity> {
  let known: Identity | undefined;
  return async (signal) => {
    if (known === undefined) {
      const me = await intercom.me(signal);
      const configured = assistantId === undefined ? undefined : parseTeammateId(assistantId);
      known = { workspaceId: me.workspaceId, assistantId: configured ?? me.teammateId };
    }
    return known;
  };
}
