import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';
import { ApiError } from './errors.ts';
import type { Person, SimulatedAttachment, SimulatedConversation } from './model.ts';
import { ListRequest, SearchRequest, matches, pageOf, type Page } from './search.ts';
import {
  appliedTagOnWire,
  conversationOnWire,
  conversationWithParts,
  deletedListOnWire,
  deletedOnWire,
  tagOnWire,
} from './serialise.ts';
import type { Workspace } from './workspace.ts';

/** A value for `app_package_code`, which marks a part as made by an app through the API. */
const appPackageCode = 'lumen-private-app';

/** Ids are strings; integers are accepted, as the description's examples have them. */
const Id = z.union([z.string().min(1), z.number().int().transform(String)]);
const attachments = { attachment_urls: z.array(z.url()).max(10).optional() };

const AdminReply = z.object({
  type: z.literal('admin'),
  message_type: z.enum(['comment', 'note', 'quick_reply']),
  admin_id: Id,
  body: z.string().optional(),
  created_at: z.number().int().optional(),
  skip_notifications: z.boolean().optional(),
  ...attachments,
});
const ContactReply = z.object({
  type: z.literal('user'),
  message_type: z.enum(['comment', 'quick_reply']),
  body: z.string(),
  intercom_user_id: Id.optional(),
  user_id: Id.optional(),
  email: z.string().optional(),
  created_at: z.number().int().optional(),
  ...attachments,
});
const Reply = z.discriminatedUnion('type', [AdminReply, ContactReply]);

const Management = z.discriminatedUnion('message_type', [
  z.object({ message_type: z.literal('close'), type: z.literal('admin'), admin_id: Id, body: z.string().optional() }),
  z.object({ message_type: z.literal('open'), admin_id: Id }),
  z.object({ message_type: z.literal('snoozed'), admin_id: Id, snoozed_until: z.number().int() }),
  z.object({
    message_type: z.literal('assignment'),
    type: z.enum(['admin', 'team']),
    admin_id: Id,
    assignee_id: Id,
    body: z.string().optional(),
  }),
]);

const Redaction = z.discriminatedUnion('type', [
  z.object({ type: z.literal('conversation_part'), conversation_id: Id, conversation_part_id: Id }),
  z.object({ type: z.literal('source'), conversation_id: Id, source_id: Id }),
]);

const Update = z.object({
  read: z.boolean().optional(),
  title: z.string().optional(),
  custom_attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

const DeletedRequest = z.object({
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(1).max(60).default(20),
  order: z.literal('desc').optional(),
});

const TagRequest = z.object({ id: Id, admin_id: Id });
const UntagRequest = z.object({ admin_id: Id });

/** Everything under `/conversations`. Unknown ids throw NotFound, bad bodies ZodError; `rest.ts` answers for them. */
export function createConversationRoutes(workspace: Workspace): Hono<{ Bindings: HttpBindings }> {
  const routes = new Hono<{ Bindings: HttpBindings }>();
  addReading(routes, workspace);
  addWriting(routes, workspace);
  addTags(routes, workspace);
  return routes;
}

type Routes = Hono<{ Bindings: HttpBindings }>;

const formatOf = (displayAs: string | undefined) => (displayAs === 'plaintext' ? 'plain' : 'html');

function addReading(routes: Routes, workspace: Workspace): void {
  routes.get('/', (context) => {
    const paging = ListRequest.parse(context.req.query());
    return context.json(listOnWire(pageOf(workspace.conversations(), paging)));
  });
  routes.post('/search', async (context) => {
    const { query, pagination } = SearchRequest.parse(await context.req.json());
    const hits = workspace.conversations().filter((conversation) => matches(query, conversation));
    return context.json(listOnWire(pageOf(hits, pagination)));
  });
  routes.get('/deleted', (context) => {
    const { page, per_page: perPage } = DeletedRequest.parse(context.req.query());
    return context.json(deletedListOnWire(workspace.deleted(), page, perPage));
  });
  routes.get('/:id', (context) => {
    const conversation = found(workspace, context.req.param('id'));
    return context.json(conversationWithParts(conversation, formatOf(context.req.query('display_as'))));
  });
}

function listOnWire({ conversations, totalCount, pages }: Page) {
  return {
    type: 'conversation.list',
    pages,
    total_count: totalCount,
    conversations: conversations.map((conversation) => conversationOnWire(conversation, 'html')),
  };
}

function addWriting(routes: Routes, workspace: Workspace): void {
  routes.post('/:id/reply', async (context) => {
    const request = Reply.parse(await context.req.json());
    const conversation =
      request.type === 'admin'
        ? replyAsAdmin(workspace, context.req.param('id'), request)
        : replyAsContact(workspace, context.req.param('id'), request);
    return context.json(conversationWithParts(conversation, 'html'));
  });
  routes.post('/:id/parts', async (context) => {
    const request = Management.parse(await context.req.json());
    const conversation = found(workspace, context.req.param('id'));
    manage(workspace, conversation, request);
    return context.json(conversationWithParts(conversation, 'html'));
  });
  routes.post('/redact', async (context) => {
    const request = Redaction.parse(await context.req.json());
    const conversation = found(workspace, request.conversation_id);
    const messageId = request.type === 'source' ? request.source_id : request.conversation_part_id;
    if (!workspace.redact(conversation.id, messageId)) {
      throw new ApiError(422, 'conversation_part_not_redactable', 'A part without a body cannot be redacted');
    }
    return context.json(conversationWithParts(conversation, 'html'));
  });
  routes.put('/:id', async (context) => {
    const request = Update.parse(await context.req.json());
    const { id } = found(workspace, context.req.param('id'));
    const { read, title, custom_attributes: customAttributes } = request;
    const conversation = workspace.update(id, { read, title, customAttributes });
    return context.json(conversationWithParts(conversation, formatOf(context.req.query('display_as'))));
  });
  routes.delete('/:id', (context) => {
    const { id } = found(workspace, context.req.param('id'));
    workspace.remove(id);
    return context.json(deletedOnWire(id));
  });
}

function addTags(routes: Routes, workspace: Workspace): void {
  routes.post('/:id/tags', async (context) => {
    const request = TagRequest.parse(await context.req.json());
    const conversation = found(workspace, context.req.param('id'));
    const tag = workspace.tagById(request.id);
    if (tag === undefined) throw new ApiError(404, 'tag_not_found', 'Tag not found', { field: 'id' });
    workspace.tag(conversation.id, tag, actor(workspace, request.admin_id));
    const applied = conversation.tags.find((candidate) => candidate.id === tag.id);
    return context.json(applied === undefined ? tagOnWire(tag) : appliedTagOnWire(applied));
  });
  routes.delete('/:id/tags/:tagId', async (context) => {
    const request = UntagRequest.parse(await context.req.json());
    const conversation = found(workspace, context.req.param('id'));
    const tag = conversation.tags.find((candidate) => candidate.id === context.req.param('tagId'));
    if (tag === undefined) throw new ApiError(404, 'tag_not_found', 'Tag not found on the conversation');
    workspace.untag(conversation.id, tag.id, actor(workspace, request.admin_id));
    return context.json(appliedTagOnWire(tag));
  });
}

function replyAsAdmin(workspace: Workspace, id: string, request: z.infer<typeof AdminReply>): SimulatedConversation {
  const conversation = found(workspace, id);
  const author = actor(workspace, request.admin_id);
  const isNote = request.message_type === 'note';
  const files = linkedFiles(request.attachment_urls);
  if (request.message_type !== 'quick_reply' && isBlank(request.body) && files.length === 0) {
    throw new ApiError(422, 'parameter_not_found', 'body is required', { field: 'body' });
  }
  workspace.addPart(conversation.id, {
    author,
    // A comment in a closed conversation opens it, and is a part of that type (platform sheet, 1.5).
    partType: !isNote && conversation.state !== 'open' ? 'open' : request.message_type,
    state: isNote ? conversation.state : 'open',
    html: request.body,
    attachments: files,
    createdAt: request.created_at,
    appPackageCode,
  });
  return conversation;
}

function replyAsContact(
  workspace: Workspace,
  id: string,
  request: z.infer<typeof ContactReply>,
): SimulatedConversation {
  const contact = workspace
    .contacts()
    .find((candidate) => candidate.id === request.intercom_user_id || candidate.email === request.email);
  if (contact === undefined) throw new ApiError(404, 'not_found', 'User Not Found');
  const last = workspace.conversations().findLast((candidate) => candidate.contact.id === contact.id);
  const conversation = id === 'last' && last !== undefined ? last : found(workspace, id);
  workspace.contactWrites({
    conversationId: conversation.id,
    html: request.body,
    attachments: linkedFiles(request.attachment_urls),
    createdAt: request.created_at,
    appPackageCode,
  });
  return conversation;
}

function manage(workspace: Workspace, conversation: SimulatedConversation, request: z.infer<typeof Management>): void {
  const author = actor(workspace, request.admin_id);
  const html = 'body' in request && !isBlank(request.body) ? request.body : undefined;
  switch (request.message_type) {
    case 'close':
      workspace.addPart(conversation.id, { author, partType: 'close', state: 'closed', html, appPackageCode });
      return;
    case 'open':
      workspace.addPart(conversation.id, { author, partType: 'open', state: 'open', appPackageCode });
      return;
    case 'snoozed':
      workspace.addPart(conversation.id, {
        author,
        partType: 'snoozed',
        state: 'snoozed',
        snoozedUntil: request.snoozed_until,
        appPackageCode,
      });
      return;
    case 'assignment': {
      const { type, assignee_id: id } = request;
      const isKnown =
        type === 'team' ? workspace.cast.teams.some((team) => team.id === id) : workspace.admin(id) !== undefined;
      if (id !== '0' && !isKnown)
        throw new ApiError(404, 'assignee_not_found', 'Assignee not found', { field: 'assignee_id' });
      workspace.assign(conversation.id, author, { type, id }, { html, appPackageCode });
    }
  }
}

function found(workspace: Workspace, id: string): SimulatedConversation {
  const conversation = workspace.find(id);
  if (conversation === undefined) throw new ApiError(404, 'conversation_not_found', 'Resource Not Found');
  return conversation;
}

function actor(workspace: Workspace, adminId: string): Person {
  const admin = workspace.admin(adminId);
  if (admin === undefined)
    throw new ApiError(404, 'admin_not_found', 'Admin for admin_id not found', { field: 'admin_id' });
  return admin;
}

const isBlank = (body: string | undefined): boolean => body === undefined || body.trim() === '';

function linkedFiles(urls: readonly string[] = []): SimulatedAttachment[] {
  return urls.map((url) => ({ name: url.split('/').at(-1) ?? url, url, content_type: 'application/octet-stream' }));
}
