import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { ApiError, errorList } from './errors.ts';
import { strikeCalls } from './fault-effects.ts';
import type { Faults } from './faults.ts';
import { createRateLimit } from './rate-limit.ts';
import type { Library } from './library.ts';
import { createConversationRoutes } from './rest-conversations.ts';
import { addLibrary } from './rest-library.ts';
import { adminOnWire, contactOnWire, tagOnWire, teamOnWire, tokenOwnerOnWire } from './serialise.ts';
import { NotFound, type Workspace } from './workspace.ts';

/** One call as the log keeps it. `status` 0: not answered yet, or never. `at`: milliseconds since the epoch. */
export type LoggedRequest = { readonly method: string; readonly path: string; status: number; readonly at: number };

export type RestSettings = {
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly token: string;
  readonly rateLimitPerWindow: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly library: Library;
  readonly onRequest: (request: LoggedRequest) => void;
};

type Bindings = { Bindings: HttpBindings };

const knownVersion = /^(?:1\.[0-4]|2\.(?:\d|1[0-6])|Preview|Unstable)$/;

/**
 * The REST API, version 2.16 of the published description: every path that an assistant needs.
 * Order of a call: log, trouble on demand, token, rate limit, version, and only then the effect.
 */
export function createRest(settings: RestSettings): Hono<Bindings> {
  const rest = new Hono<Bindings>();
  rest.use(logCalls(settings));
  rest.use(strikeCalls(settings.faults, settings.now));
  rest.use(admitCalls(settings));
  rest.route('/conversations', createConversationRoutes(settings.workspace));
  addDirectory(rest, settings);
  addLibrary(rest, settings.library, settings.workspace.appId);
  rest.all('*', () => {
    throw new ApiError(404, 'not_found', 'Resource Not Found');
  });
  rest.onError(answerError);
  return rest;
}

function logCalls({ now, onRequest }: RestSettings): MiddlewareHandler<Bindings> {
  return async (context, next) => {
    const entry: LoggedRequest = { method: context.req.method, path: context.req.path, status: 0, at: now() };
    onRequest(entry);
    await next();
    if (!context.env.incoming.socket.destroyed) entry.status = context.res.status;
  };
}

function admitCalls({ token, rateLimitPerWindow, now }: RestSettings): MiddlewareHandler<Bindings> {
  const takeCall = createRateLimit(rateLimitPerWindow, now);
  return async (context, next) => {
    if (context.req.header('Authorization') !== `Bearer ${token}`) {
      throw new ApiError(401, 'unauthorized', 'Access Token Invalid');
    }
    context.header('Date', new Date(now()).toUTCString()); // by the clock that the reset is by
    const { isExceeded, headers } = takeCall();
    for (const [name, value] of Object.entries(headers)) context.header(name, value);
    const version = context.req.header('Intercom-Version');
    if (isExceeded) {
      const message = `Exceeded rate limit of ${rateLimitPerWindow} in 10_seconds`;
      return context.json(errorList({ code: 'rate_limit_exceeded', message }, randomUUID()), 429);
    }
    if (version !== undefined && !knownVersion.test(version)) {
      throw new ApiError(400, 'intercom_version_invalid', `The requested version ${version} could not be found`);
    }
    return next();
  };
}

function addDirectory(rest: Hono<Bindings>, { workspace }: RestSettings): void {
  const { cast, appId } = workspace;
  const TagRequest = z.object({ name: z.string().min(1), id: z.string().optional() });

  rest.get('/me', (context) => context.json(tokenOwnerOnWire(cast, appId)));
  rest.get('/admins', (context) =>
    context.json({ type: 'admin.list', admins: cast.admins.map((admin) => adminOnWire(admin, cast)) }),
  );
  rest.get('/admins/:id', (context) => {
    const admin = workspace.admin(context.req.param('id'));
    if (admin === undefined) throw new ApiError(404, 'admin_not_found', 'Admin for admin_id not found');
    return context.json(adminOnWire(admin, cast));
  });
  rest.get('/teams', (context) => context.json({ type: 'team.list', teams: cast.teams.map(teamOnWire) }));
  rest.get('/contacts/:id', (context) => {
    const id = context.req.param('id');
    if (workspace.isMerged(id)) throw new ApiError(410, 'contact_merged', 'The contact was merged into another one');
    const contact = workspace.contact(id);
    if (contact === undefined) throw new ApiError(404, 'not_found', 'User Not Found');
    return context.json(contactOnWire(contact, workspace.contactRecord(contact.id), appId, workspace.nowSeconds()));
  });
  rest.get('/tags', (context) => context.json({ type: 'list', data: workspace.tags().map(tagOnWire) }));
  rest.post('/tags', async (context) => {
    const tag = TagRequest.parse(await context.req.json());
    return context.json(tagOnWire(workspace.tagByName(tag.name)));
  });
}

/** Turns whatever a route throws into the answer Intercom gives for it. */
function answerError(thrown: Error): Response {
  const error = asApiError(thrown);
  return Response.json(errorList(error, randomUUID()), { status: error.status });
}

function asApiError(thrown: Error): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof NotFound) return new ApiError(404, 'not_found', 'Resource Not Found');
  if (thrown instanceof SyntaxError) return new ApiError(400, 'bad_request', 'The request body is not valid JSON');
  if (thrown instanceof z.ZodError) {
    const issue = thrown.issues[0];
    const field = issue?.path.join('.') ?? '';
    return new ApiError(400, 'parameter_invalid', `${field} is invalid: ${issue?.message ?? 'not as described'}`, {
      field,
    });
  }
  return new ApiError(500, 'server_error', `The simulator failed: ${thrown.message}`);
}
