import { parseTeammateId } from '../domain/ids.ts';
import type { IntercomClient } from '../intercom/client.ts';
import type { Identity } from './gather.ts';

/**
 * Who we are in the workspace: asked of Intercom when it first answers, so that Sidenote starts while Intercom is away,
 * and again when `token` gives another one: it may be another teammate's, or another workspace's. `assistantId` is the
 * configured teammate; without it, the token's owner writes.
 */
export function createIdentity(
  intercom: IntercomClient,
  token: () => string,
  assistantId: string | undefined,
): (signal: AbortSignal) => Promise<Identity> {
  let known: { readonly identity: Identity; readonly token: string } | undefined;
  return async (signal) => {
    const asked = token();
    if (known?.token !== asked) {
      const me = await intercom.me(signal);
      const configured = assistantId === undefined ? undefined : parseTeammateId(assistantId);
      known = { identity: { workspaceId: me.workspaceId, assistantId: configured ?? me.teammateId }, token: asked };
    }
    return known.identity;
  };
}
