/**
 * The simulator's state in Intercom's wire shapes, version 2.16 of the published API description.
 */
import { plainText } from './html.ts';
import type {
  AppliedTag,
  Company,
  ContactRecord,
  Person,
  SimulatedAttachment,
  SimulatedConversation,
  SimulatedPart,
  SimulatedSource,
  Tag,
  Team,
} from './model.ts';
import type { Cast } from './people.ts';

export type BodyFormat = 'html' | 'plain';

/** Retrieving a conversation gives at most so many parts, the newest, without saying so (API description). */
const partsMax = 500;

const supportMailbox = 'support@lumenkayak.example';

const bodyIn = (format: BodyFormat, html: string): string => (format === 'plain' ? plainText(html) : html);

export function tagOnWire(tag: Tag) {
  return { type: 'tag', id: tag.id, name: tag.name };
}

export function appliedTagOnWire(tag: AppliedTag) {
  return {
    ...tagOnWire(tag),
    applied_at: tag.appliedAt,
    applied_by: { type: tag.appliedBy.type, id: tag.appliedBy.id },
  };
}

/** A workflow writes as a bot that is no AI agent (platform sheet, 2.4). */
const isFin = (author: Person): boolean => author.type === 'bot' && author.name !== 'Operator';

function authorOnWire(author: Person) {
  const isAi = isFin(author);
  return {
    type: author.type,
    id: author.id,
    name: author.name,
    email: author.email,
    from_ai_agent: isAi,
    is_ai_answer: isAi,
  };
}

function attachmentOnWire(attachment: SimulatedAttachment) {
  return { type: 'upload', name: attachment.name, url: attachment.url, content_type: attachment.content_type };
}

function partOnWire(part: SimulatedPart, format: BodyFormat) {
  return {
    type: 'conversation_part',
    id: part.id,
    part_type: part.partType,
    body: part.body === null ? null : bodyIn(format, part.body),
    created_at: part.createdAt,
    updated_at: part.updatedAt,
    notified_at: part.createdAt,
    assigned_to: part.assignedTo,
    author: authorOnWire(part.author),
    attachments: part.attachments.map(attachmentOnWire),
    external_id: null,
    redacted: part.redacted,
    metadata: {},
    email_message_metadata: null,
    state: part.state,
    tags: [],
    event_details: {},
    app_package_code: part.appPackageCode,
  };
}

function sourceOnWire(source: SimulatedSource, format: BodyFormat) {
  const { id, name, email, type } = source.author;
  const emailFields = {
    recipients: [{ type: 'to', email: supportMailbox, drop_reason: null }],
    reply_to: [],
    email_message_metadata: {
      message_id: `<${source.id}@mail.example>`,
      subject: source.subject,
      email_address_headers: [
        { type: 'from', email_address: email, name },
        { type: 'to', email_address: supportMailbox, name: null },
      ],
      history: '',
    },
  };
  return {
    type: source.type,
    id: source.id,
    delivered_as: 'customer_initiated',
    subject: source.subject,
    body: bodyIn(format, source.body),
    author: { type, id, name, email },
    attachments: source.attachments.map(attachmentOnWire),
    url: null,
    redacted: source.redacted,
    ...(source.type === 'email' ? emailFields : { recipients: null, reply_to: null }),
  };
}

function statisticsOnWire(conversation: SimulatedConversation) {
  const lastBy = (...types: readonly Person['type'][]) =>
    conversation.parts.findLast(
      (part) => part.body !== null && part.partType !== 'note' && types.includes(part.author.type),
    );
  const lastAdminReply = lastBy('admin');
  return {
    type: 'conversation_statistics',
    last_contact_reply_at: (lastBy('user', 'lead') ?? conversation).createdAt,
    ...(lastAdminReply === undefined ? {} : { last_admin_reply_at: lastAdminReply.createdAt }),
    count_conversation_parts: conversation.parts.length,
  };
}

/** A conversation as lists and searches give it: without its parts. */
export function conversationOnWire(conversation: SimulatedConversation, format: BodyFormat) {
  return {
    type: 'conversation',
    id: conversation.id,
    title: conversation.title,
    created_at: conversation.createdAt,
    updated_at: conversation.updatedAt,
    waiting_since: conversation.waitingSince,
    snoozed_until: conversation.snoozedUntil,
    open: conversation.state !== 'closed',
    state: conversation.state,
    read: conversation.read,
    priority: 'none',
    // Version 2.16: 0 when nobody is assigned; it was null before.
    admin_assignee_id: Number(conversation.adminAssigneeId ?? 0),
    team_assignee_id: Number(conversation.teamAssigneeId ?? 0),
    company: conversation.company === null ? null : companyOnWire(conversation.company),
    tags: { type: 'tag.list', tags: conversation.tags.map(appliedTagOnWire) },
    conversation_rating: null,
    source: sourceOnWire(conversation.source, format),
    contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: conversation.contact.id, external_id: null }] },
    teammates: teammatesOnWire(conversation),
    custom_attributes: conversation.customAttributes,
    first_contact_reply: { created_at: conversation.createdAt, type: conversation.source.type, url: null },
    sla_applied: null,
    statistics: statisticsOnWire(conversation),
    linked_objects: { type: 'list', data: [], total_count: 0, has_more: false },
    ai_agent_participated: hasFin(conversation),
    ai_agent: aiAgentOnWire(conversation),
    topics: {},
    ticket: null,
    channel: { initial: conversation.source.type, current: conversation.source.type },
  };
}

const hasFin = ({ parts }: SimulatedConversation): boolean => parts.some(({ author }) => isFin(author));

function aiAgentOnWire(conversation: SimulatedConversation) {
  if (!hasFin(conversation)) return null;
  return {
    source_type: 'profile',
    source_title: null,
    last_answer_type: 'ai_answer',
    resolution_state: conversation.finState,
    rating: null,
    rating_remark: null,
    created_at: conversation.createdAt,
    updated_at: conversation.updatedAt,
    content_sources: { type: 'content_source.list', total_count: 0, content_sources: [] },
  };
}

function teammatesOnWire(conversation: SimulatedConversation) {
  const ids = new Set(conversation.parts.filter((part) => part.author.type === 'admin').map((part) => part.author.id));
  return { type: 'admin.list', teammates: Array.from(ids, (id) => ({ type: 'admin', id })) };
}

/**
 * A conversation with parts.
 * @param parts those to include; default: all of them, at most the newest 500
 * @param totalCount what the list says it counts: all parts when retrieved, its own length in a webhook
 */
export function conversationWithParts(
  conversation: SimulatedConversation,
  format: BodyFormat,
  parts: readonly SimulatedPart[] = conversation.parts.slice(-partsMax),
  totalCount: number = conversation.parts.length,
) {
  return {
    ...conversationOnWire(conversation, format),
    conversation_parts: {
      type: 'conversation_part.list',
      conversation_parts: parts.map((part) => partOnWire(part, format)),
      total_count: totalCount,
    },
  };
}

export function deletedOnWire(conversationId: string) {
  return { id: conversationId, object: 'conversation', deleted: true };
}

/** One page of what was deleted, newest first. */
export function deletedListOnWire(
  deleted: readonly { readonly id: string; readonly deletedAt: number }[],
  page: number,
  perPage: number,
) {
  const total_pages = Math.ceil(deleted.length / perPage);
  const next = page < total_pages ? `https://api.intercom.io/conversations/deleted?page=${page + 1}` : null;
  return {
    type: 'conversation.list',
    total_count: deleted.length,
    pages: { type: 'pages', page, per_page: perPage, total_pages, next },
    conversations: deleted.slice((page - 1) * perPage, page * perPage).map(({ id, deletedAt }) => ({
      type: 'conversation',
      id,
      metrics_retained: false,
      deleted_at: deletedAt,
    })),
  };
}

export function adminOnWire(admin: Person, cast: Cast) {
  return {
    type: 'admin',
    id: admin.id,
    name: admin.name,
    email: admin.email,
    job_title: admin.id === cast.bot.id ? 'Bot' : 'Support',
    away_mode_enabled: false,
    away_mode_reassign: false,
    away_status_reason_id: null,
    has_inbox_seat: admin.id !== cast.bot.id,
    team_ids: cast.teams.filter((team) => team.adminIds.includes(admin.id)).map((team) => Number(team.id)),
    avatar: null,
  };
}

/** The answer of `GET /me`: the token's owner and the workspace. */
export function tokenOwnerOnWire(cast: Cast, appId: string) {
  return {
    ...adminOnWire(cast.assistant, cast),
    avatar: { type: 'avatar', image_url: null },
    email_verified: true,
    app: {
      type: 'app',
      id_code: appId,
      name: 'Lumen Kayak (simulated)',
      created_at: 1_700_000_000,
      secure: false,
      identity_verification: false,
      timezone: 'Europe/Lisbon',
      region: 'US',
    },
  };
}

export function teamOnWire(team: Team) {
  return {
    type: 'team',
    id: team.id,
    name: team.name,
    admin_ids: team.adminIds.map(Number),
    assignment_limit: null,
    distribution_method: 'manual',
  };
}

/** Intercom's own id, and the workspace's, which is the same here. */
function companyOnWire({ id, name }: Company) {
  return { type: 'company', id, company_id: id, name };
}

/** @param now Unix seconds */
export function contactOnWire(contact: Person, record: ContactRecord, appId: string, now: number) {
  const emptyList = (kind: string) => ({
    type: 'list',
    data: [],
    url: `/contacts/${contact.id}/${kind}`,
    total_count: 0,
    has_more: false,
  });
  return {
    type: 'contact',
    id: contact.id,
    external_id: null,
    workspace_id: appId,
    role: contact.type,
    email: contact.email,
    email_domain: contact.email.split('@')[1] ?? '',
    phone: null,
    name: contact.name,
    owner_id: null,
    has_hard_bounced: false,
    marked_email_as_spam: false,
    unsubscribed_from_emails: false,
    created_at: now,
    updated_at: now,
    signed_up_at: null,
    last_seen_at: null,
    last_replied_at: null,
    language_override: null,
    custom_attributes: record.attributes,
    avatar: null,
    tags: emptyList('tags'),
    notes: emptyList('notes'),
    companies: {
      ...emptyList('companies'),
      data: record.companies.map(({ id }) => ({ type: 'company', id, url: `/companies/${id}` })),
      total_count: record.companies.length,
    },
    location: { type: 'location', country: null, region: null, city: null },
    social_profiles: { data: [] },
  };
}
