import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { createActions, type Actions } from './actions.ts';
import { createControl } from './control.ts';
import { createFaults, type Faults } from './faults.ts';
import { Library } from './library.ts';
import type { Change, SimulatedConversation } from './model.ts';
import { announce, notifyOf } from './notify.ts';
import { createPage } from './page.ts';
import { createRest, type LoggedRequest } from './rest.ts';
import { articles, internalArticles, macros } from './scenarios/articles.ts';
import { seed } from './scenarios/seed.ts';
import { Webhooks } from './webhooks.ts';
import { Workspace } from './workspace.ts';

export type { FaultEffect } from './faults.ts';

export type SimulatorOptions = {
  /** Default 0, any free port. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default: random. */
  readonly clientSecret?: string | undefined;
  /** The access token; default: random. */
  readonly token?: string | undefined;
  /** The workspace's id; default `lumen123`. */
  readonly appId?: string | undefined;
  /** Where webhooks go; none are sent without it. */
  readonly webhookUrl?: string | undefined;
  /** Milliseconds since the epoch; default the system's clock. */
  readonly now?: (() => number) | undefined;
  /** Calls in ten seconds; default 1,666, Intercom's for one app (platform sheet, 2.8). */
  readonly rateLimitPerWindow?: number | undefined;
  /** Bodies in webhooks; default `plain`, as from version 2.15. */
  readonly webhookBodies?: 'plain' | 'html' | undefined;
  /** True: the workspace starts with the conversations of `scenarios/`. */
  readonly seed?: boolean | undefined;
  /** From a failed delivery to its retry; default one minute. */
  readonly retryDelayMs?: number | undefined;
  /** How long a webhook's receiver may take; default 5,000. */
  readonly deliveryDeadlineMs?: number | undefined;
};

export type Simulator = AsyncDisposable &
  Actions & {
    /** Origin of the API and of the page, such as `http://127.0.0.1:4000`. */
    readonly url: string;
    readonly token: string;
    readonly clientSecret: string;
    readonly appId: string;
    /** The assistant's teammate, owner of the token. */
    readonly adminId: string;
    /** A human teammate. */
    readonly teammateId: string;
    setWebhookUrl(url: string | undefined): void;
    /** Shows `text` in the status line of every open page, and of those opened later; '' hides the line. */
    showStatus(text: string): void;
    conversation(id: string): SimulatedConversation | undefined;
    /** Oldest first. */
    conversations(): SimulatedConversation[];
    readonly faults: Faults;
    readonly webhooks: Webhooks;
    /** Articles, internal articles and macros. */
    readonly library: Library;
    /** API calls, oldest first; the newest ten thousand at least. */
    readonly requests: readonly LoggedRequest[];
    /** @returns a function that ends the subscription */
    onChange(listener: (change: Change) => void): () => void;
    /** Announces the newest message of every seeded conversation by webhook, as if it had just come in. */
    begin(): void;
  };

const requestsKeptMax = 10_000;

/** A small Intercom on this machine: API, webhooks, trouble on demand and a page to write in. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const now = options.now ?? Date.now;
  const { webhookBodies = 'plain', appId = 'lumen123' } = options;
  const token = options.token ?? randomBytes(24).toString('base64url');
  const clientSecret = options.clientSecret ?? randomBytes(18).toString('hex');
  const workspace = new Workspace({ appId, now });
  const seeded = options.seed === true ? seed(workspace) : [];
  const { retryDelayMs = 60_000, deliveryDeadlineMs: deadlineMs = 5_000 } = options;
  const webhooks = new Webhooks({ clientSecret, appId, now, retryDelayMs, deadlineMs }, options.webhookUrl);
  workspace.onChange((change) => notifyOf(change, webhooks, webhookBodies));

  const library = stockLibrary(new Library({ appId, now, webhooks }));

  const faults = createFaults();
  const requests: LoggedRequest[] = [];
  const actions = createActions(workspace);
  const steering = {
    setWebhookUrl: (url: string | undefined) => webhooks.setUrl(url),
    begin: () => {
      for (const { conversation, part } of seeded) announce(webhooks, conversation, part, webhookBodies);
    },
  };

  const control = createControl({
    workspace,
    actions,
    faults,
    webhooks,
    requests,
    ...steering,
  });
  const { rateLimitPerWindow = 1_666 } = options;
  const onRequest = (request: LoggedRequest) => keep(requests, request);
  const site = new Hono<{ Bindings: HttpBindings }>()
    .route('/simulator', control.routes)
    .route('/', createPage())
    .route('/', createRest({ workspace, faults, token, now, library, rateLimitPerWindow, onRequest }));
  const server = await listen(site, options);

  return {
    ...actions,
    ...steering,
    showStatus: (text) => control.showStatus(text),
    url: server.url,
    token,
    clientSecret,
    appId,
    adminId: workspace.cast.assistant.id,
    teammateId: workspace.cast.teammate.id,
    conversation: (id) => workspace.find(id),
    conversations: () => workspace.conversations(),
    faults,
    webhooks,
    library,
    requests,
    onChange: (listener) => workspace.onChange(listener),
    async [Symbol.asyncDispose]() {
      faults.clear();
      control.end();
      await server.close();
      await webhooks.dispose();
    },
  };
}

function stockLibrary(library: Library): Library {
  for (const article of articles) library.writeArticle(article, { notify: false });
  for (const article of internalArticles) library.writeInternalArticle(article);
  for (const macro of macros) library.writeMacro(macro);
  return library;
}

function keep(requests: LoggedRequest[], request: LoggedRequest): void {
  requests.push(request);
  if (requests.length >= 2 * requestsKeptMax) requests.splice(0, requestsKeptMax);
}

async function listen(site: Hono<{ Bindings: HttpBindings }>, { port = 0, host = '127.0.0.1' }: SimulatorOptions) {
  // Longer than a client keeps an idle connection, so that no call meets the moment of closing.
  const server = createServer({ keepAliveTimeout: 65_000 });
  const answer = getRequestListener(site.fetch);
  server.on('request', (incoming, outgoing) => void answer(incoming, outgoing));
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The simulator has no port to listen on.');
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}
