import type { HttpBindings } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { BotWrites, ChangesContact, ContactWrites, Describes, TeammateWrites, type Actions } from './actions.ts';
import { addFaultControl } from './control-faults.ts';
import type { Faults } from './faults.ts';
import { paragraphs } from './html.ts';
import { createLiveEvents } from './live-events.ts';
import type { Change } from './model.ts';
import type { LoggedRequest } from './rest.ts';
import { summaryOf, threadOf } from './view.ts';
import type { Webhooks } from './webhooks.ts';
import { NotFound, type Workspace } from './workspace.ts';

export type ControlSettings = {
  readonly workspace: Workspace;
  readonly actions: Actions;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly requests: readonly LoggedRequest[];
  readonly setWebhookUrl: (url: string | undefined) => void;
  readonly begin: () => void;
};

type Routes = Hono<{ Bindings: HttpBindings }>;

/** The page's list holds so many, the newest; a load test may have made thousands. */
const conversationsListedMax = 100;

const ConversationId = z.object({ conversationId: z.string() });
/** The page writes words, not HTML: `text` is escaped and becomes paragraphs. */
const WithText = z.object({ text: z.string().min(1) }).transform(({ text }) => ({ html: paragraphs(text) }));
const Url = z.object({ url: z.url().optional() });

/**
 * The page's own endpoints, and the functions of the simulator for other processes:
 * `POST /simulator/contact-writes` takes the JSON that `contactWrites` takes, and so on. No token:
 * the simulator listens on this machine, and requests from foreign pages are turned away.
 */
export function createControl(settings: ControlSettings): {
  readonly routes: Routes;
  showStatus(text: string): void;
  end(): void;
} {
  const routes: Routes = new Hono();
  const live = createLiveEvents();
  let status = '';
  const stopListening = settings.workspace.onChange((change) => live.send(eventOf(change)));
  routes.use(refuseForeignPages);
  routes.onError((error, context) => context.json({ error: error.message }, statusOf(error)));
  routes.get('/events', () => live.open());
  addViews(routes, settings, () => status);
  addActions(routes, settings);
  addDeliveryControl(routes, settings);
  addFaultControl(routes, settings.faults);
  return {
    routes,
    showStatus(text) {
      status = text;
      live.send({ kind: 'status', text });
    },
    end() {
      stopListening();
      live.end();
    },
  };
}

/** A page of another site can make this browser send a request here, but not without its own `Origin`. */
const refuseForeignPages: MiddlewareHandler<{ Bindings: HttpBindings }> = async (context, next) => {
  const origin = context.req.header('Origin');
  if (origin !== undefined && origin !== new URL(context.req.url).origin) {
    return context.json({ error: `Requests from ${origin} are not answered.` }, 403);
  }
  return next();
};

function statusOf(error: Error): 400 | 404 | 422 {
  if (error instanceof NotFound) return 404;
  return error instanceof z.ZodError || error instanceof SyntaxError ? 400 : 422;
}

function eventOf(change: Change) {
  const conversationId = change.kind === 'deleted' ? change.conversationId : change.conversation.id;
  return { kind: change.kind, conversationId };
}

function addViews(
  routes: Routes,
  { workspace, requests, webhooks, actions }: ControlSettings,
  status: () => string,
): void {
  const { cast } = workspace;
  routes.get('/settings', (context) =>
    context.json({
      teammateId: cast.teammate.id,
      assistantId: cast.assistant.id,
      admins: cast.admins.filter((admin) => admin.id !== cast.bot.id).map(({ id, name }) => ({ id, name })),
      status: status(),
    }),
  );
  routes.get('/contacts', (context) => context.json(workspace.contacts()));
  routes.get('/conversations', (context) => {
    const newestFirst = workspace.conversations().toSorted((a, b) => b.updatedAt - a.updatedAt);
    return context.json(
      newestFirst.slice(0, conversationsListedMax).map((conversation) => summaryOf(conversation, workspace)),
    );
  });
  routes.get('/conversations/:id', (context) =>
    context.json(threadOf(workspace.get(context.req.param('id')), workspace)),
  );
  routes.get('/conversations/:id/notes', (context) => context.json(actions.notes(context.req.param('id'))));
  routes.get('/requests', (context) => context.json(requests));
  routes.get('/webhooks/log', (context) => context.json(webhooks.log));
}

function addActions(routes: Routes, { actions }: ControlSettings): void {
  routes.post('/contact-writes', async (context) => {
    return context.json(actions.contactWrites(ContactWrites.parse(await bodyWithHtml(context.req.json()))));
  });
  routes.post('/teammate-writes', async (context) => {
    return context.json(actions.teammateWrites(TeammateWrites.parse(await bodyWithHtml(context.req.json()))));
  });
  routes.post('/bot-writes', async (context) => {
    return context.json(actions.botWrites(BotWrites.parse(await bodyWithHtml(context.req.json()))));
  });

  const post = <Input>(path: string, schema: z.ZodType<Input>, act: (input: Input) => void) => {
    routes.post(path, async (context) => {
      act(schema.parse(await context.req.json()));
      return context.json({});
    });
  };
  const WithName = ConversationId.extend({ name: z.string().trim().min(1) });
  post('/describe', Describes, (input) => actions.describe(input));
  post('/merge-contact', ChangesContact, (input) => actions.mergeContact(input));
  post('/replace-contact', ChangesContact, (input) => actions.replaceContact(input));
  post('/close', ConversationId, ({ conversationId }) => actions.close(conversationId));
  post('/open', ConversationId, ({ conversationId }) => actions.open(conversationId));
  post('/remove', ConversationId, ({ conversationId }) => actions.remove(conversationId));
  post('/assign', ConversationId.extend({ assigneeId: z.string() }), (input) =>
    actions.assign(input.conversationId, input.assigneeId),
  );
  post('/tag', WithName, ({ conversationId, name }) => actions.tag(conversationId, name));
  post('/untag', WithName, ({ conversationId, name }) => actions.untag(conversationId, name));
  post('/redact', ConversationId.extend({ partId: z.string() }), (input) =>
    actions.redact(input.conversationId, input.partId),
  );
}

async function bodyWithHtml(json: Promise<unknown>): Promise<unknown> {
  const body = await json;
  const withText = WithText.safeParse(body);
  return withText.success && typeof body === 'object' ? { ...body, ...withText.data } : body;
}

function addDeliveryControl(routes: Routes, { webhooks, setWebhookUrl, begin }: ControlSettings): void {
  const Release = z.object({
    order: z.enum(['sent', 'reversed']).optional(),
    copies: z.number().int().min(0).optional(),
  });
  routes.post('/begin', (context) => {
    begin();
    return context.json({});
  });
  routes.post('/webhook-url', async (context) => {
    setWebhookUrl(Url.parse(await context.req.json()).url);
    return context.json({});
  });
  routes.post('/webhooks/hold', (context) => {
    webhooks.hold();
    return context.json({});
  });
  routes.post('/webhooks/release', async (context) => {
    await webhooks.release(Release.parse(await context.req.json()));
    return context.json({});
  });
  routes.post('/webhooks/retry-now', async (context) => {
    await webhooks.retryNow();
    return context.json({});
  });
  routes.post('/webhooks/idle', async (context) => {
    await webhooks.idle();
    return context.json({});
  });
}
