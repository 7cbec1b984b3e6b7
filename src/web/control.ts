import { createHash, timingSafeEqual } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { z } from 'zod';

export type Control = {
  /** Who knows it may pause and resume; undefined: nobody may, over HTTP. */
  readonly token: string | undefined;
  readonly pause: (reason: string) => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Every pause that stands, after a look. */
  readonly pauses: () => Promise<readonly { readonly source: string; readonly reason: string }[]>;
};

const PauseRequest = z.object({ reason: z.string().trim().min(1).max(200) });

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares digests, so that neither the time nor the length tells anything of the token. */
function isAllowed(authorization: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${token}`));
}

async function reasonOf(context: Context): Promise<string> {
  const parsed = PauseRequest.safeParse(await context.req.json().catch(() => undefined));
  return parsed.success ? parsed.data.reason : 'paused over HTTP';
}

/** The kill switch over HTTP, for whoever has the token of the settings. */
export function createControlRoutes(control: Control): Hono {
  const routes = new Hono();
  routes.use(async (context, next) => {
    if (control.token === undefined) return context.text('Set CONTROL_TOKEN to switch this on.', 404);
    if (isAllowed(context.req.header('Authorization'), control.token)) return await next();
    return context.text('Give the token of CONTROL_TOKEN as "Authorization: Bearer …".', 401);
  });
  const answer = async (context: Context): Promise<Response> => {
    const pauses = await control.pauses();
    return context.json({ paused: pauses.length > 0, pauses });
  };
  routes.get('/', answer);
  routes.post('/pause', async (context) => {
    await control.pause(await reasonOf(context));
    return await answer(context);
  });
  routes.post('/resume', async (context) => {
    await control.resume();
    return await answer(context);
  });
  return routes;
}
