import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { MiddlewareHandler } from 'hono';
import { errorList } from './errors.ts';
import type { FaultEffect, Faults, Strike } from './faults.ts';

const gatewayPage = '<html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>';

/** @param now milliseconds since the epoch */
export function strikeCalls(faults: Faults, now: () => number): MiddlewareHandler<{ Bindings: HttpBindings }> {
  return async (context, next) => {
    const call = { method: context.req.method, path: context.req.path };
    const strike = faults.strike(call);
    if (strike === undefined) return next();

    const refused = await applyEffects(strike, 'before', context.env, now);
    if (refused !== undefined) return refused;
    for (const hook of strike.beforeEffect) await hook(call);

    await next();

    for (const hook of strike.beforeAnswer) await hook(call);
    const replaced = await applyEffects(strike, 'after', context.env, now);
    if (replaced !== undefined) {
      context.res = undefined; // or Hono would merge the good answer's headers into this one
      context.res = replaced;
    }
    return undefined;
  };
}

async function applyEffects(
  strike: Strike,
  when: 'before' | 'after',
  bindings: HttpBindings,
  now: () => number,
): Promise<Response | undefined> {
  for (const { effect, released } of strike.effects) {
    if ((effect.when ?? 'before') !== when) continue;
    if (effect.kind === 'delay') await released;
    else return answerOf(effect, bindings, now);
  }
  return undefined;
}

async function answerOf(
  effect: Exclude<FaultEffect, { kind: 'delay' }>,
  { incoming, outgoing }: HttpBindings,
  now: () => number,
): Promise<Response> {
  switch (effect.kind) {
    case 'status':
      return effect.body === 'html'
        ? new Response(gatewayPage, {
            status: effect.status,
            headers: { ...effect.headers, 'Content-Type': 'text/html' },
          })
        : refusal(effect.status, effect.code ?? 'server_error', 'Trouble on demand', effect.headers);
    case 'hang':
      if (!outgoing.destroyed) await once(outgoing, 'close');
      return RESPONSE_ALREADY_SENT;
    case 'reset':
      incoming.socket.resetAndDestroy();
      return RESPONSE_ALREADY_SENT;
    case 'nonsense':
      return new Response('{"type":"conversation","id":', { headers: { 'Content-Type': 'application/json' } });
    case 'rate-limited':
      return refusal(429, 'rate_limit_exceeded', 'Exceeded rate limit of 1666 in 10_seconds', {
        'X-RateLimit-Limit': '1666',
        'X-RateLimit-Remaining': '0',
        'X-RateLimit-Reset': String(Math.ceil(now() / 1000) + (effect.resetInSeconds ?? 10)),
      });
    case 'token-revoked':
      return refusal(401, 'token_revoked', 'Access Token Revoked');
    case 'scope-missing':
      return refusal(403, 'token_unauthorized', 'Not authorized to access resource');
  }
}

function refusal(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(errorList({ code, message }, randomUUID()), { status, headers });
}
