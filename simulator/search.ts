import { z } from 'zod';
import { ApiError } from './errors.ts';
import type { SimulatedConversation } from './model.ts';
import { plainText } from './html.ts';

const filtersPerGroupMax = 15;
const nestingLevelsMax = 2;
const perPageMax = 150;

const Filter = z.object({
  field: z.string(),
  operator: z.enum(['=', '!=', 'IN', 'NIN', '<', '<=', '>', '>=', '~', '!~', '^', '$']),
  value: z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.union([z.string(), z.number()]))]),
});
type Filter = z.infer<typeof Filter>;

type Group = { readonly operator: 'AND' | 'OR'; readonly value: readonly Query[] };
type Query = Filter | Group;
const Group: z.ZodType<Group> = z.object({
  operator: z.enum(['AND', 'OR']),
  value: z.lazy(() => z.array(Query).min(1).max(filtersPerGroupMax)),
});
const Query: z.ZodType<Query> = z.union([Filter, Group]);

const Paging = z.object({
  per_page: z.coerce.number().int().min(1).max(perPageMax).default(20),
  starting_after: z.string().nullish(),
});

export const SearchRequest = z.object({ query: Query, pagination: Paging.prefault({}) });
export const ListRequest = Paging;

type Value = string | number | boolean | null;

/** What can be searched for; several values (tags, contacts) match when one of them does. */
const fields: Readonly<Record<string, (conversation: SimulatedConversation) => readonly Value[]>> = {
  id: (conversation) => [conversation.id],
  created_at: (conversation) => [conversation.createdAt],
  updated_at: (conversation) => [conversation.updatedAt],
  waiting_since: (conversation) => [conversation.waitingSince],
  snoozed_until: (conversation) => [conversation.snoozedUntil],
  state: (conversation) => [conversation.state],
  open: (conversation) => [conversation.state !== 'closed'],
  read: (conversation) => [conversation.read],
  admin_assignee_id: (conversation) => [conversation.adminAssigneeId ?? 0],
  team_assignee_id: (conversation) => [conversation.teamAssigneeId ?? 0],
  contact_ids: (conversation) => [conversation.contact.id],
  tag_ids: (conversation) => conversation.tags.map((tag) => tag.id),
  'source.type': (conversation) => [conversation.source.type],
  'source.id': (conversation) => [conversation.source.id],
  'source.subject': (conversation) => [conversation.source.subject],
  'source.body': (conversation) => plainText(conversation.source.body).split(/\W+/),
  'source.author.id': (conversation) => [conversation.source.author.id],
  'source.author.type': (conversation) => [conversation.source.author.type],
  'source.author.email': (conversation) => [conversation.source.author.email],
  'source.author.name': (conversation) => [conversation.source.author.name],
};

/**
 * True when the conversation is what the query asks for.
 * @throws ApiError 400 for an unknown field or a group nested too deep
 */
export function matches(query: Query, conversation: SimulatedConversation, level = 1): boolean {
  if ('field' in query) return matchesFilter(query, conversation);
  if (level > nestingLevelsMax)
    throw new ApiError(400, 'parameter_invalid', 'Queries can be nested two levels deep', { field: 'query' });
  const results = query.value.map((inner) => matches(inner, conversation, level + 1));
  return query.operator === 'AND' ? results.every(Boolean) : results.some(Boolean);
}

function matchesFilter(filter: Filter, conversation: SimulatedConversation): boolean {
  const read = fields[filter.field];
  if (read === undefined)
    throw new ApiError(400, 'parameter_invalid', `Unknown field ${filter.field}`, { field: 'query' });
  const actual = read(conversation);
  const wanted: readonly Value[] = Array.isArray(filter.value) ? filter.value : [filter.value];
  const isAnyEqual = actual.some((value) => wanted.some((other) => String(value) === String(other)));
  const text = actual.map(String);
  const some = (test: (value: string, other: string) => boolean) =>
    text.some((value) => wanted.some((other) => test(value.toLowerCase(), String(other).toLowerCase())));
  // `<` and `>` of conversation searches include the bound (API description).
  const isAnyAtLeast = actual.some((value) => value !== null && Number(value) >= Number(wanted[0]));
  const isAnyAtMost = actual.some((value) => value !== null && Number(value) <= Number(wanted[0]));
  switch (filter.operator) {
    case '=':
    case 'IN':
      return isAnyEqual;
    case '!=':
    case 'NIN':
      return !isAnyEqual;
    case '>':
    case '>=':
      return isAnyAtLeast;
    case '<':
    case '<=':
      return isAnyAtMost;
    case '~':
      return some((value, other) => value.includes(other));
    case '!~':
      return !some((value, other) => value.includes(other));
    case '^':
      return some((value, other) => value.startsWith(other));
    case '$':
      return some((value, other) => value.endsWith(other));
  }
}

export type Page = {
  readonly conversations: readonly SimulatedConversation[];
  readonly totalCount: number;
  readonly pages: {
    readonly type: 'pages';
    readonly page: number;
    readonly per_page: number;
    readonly total_pages: number;
    readonly next: { readonly per_page: number; readonly starting_after: string } | null;
  };
};

const Cursor = z.tuple([z.number().int(), z.number(), z.string()]);

/**
 * One page, most recently updated first. The cursor names the last conversation seen, so that
 * conversations which arrive between two pages shift nothing.
 * @throws ApiError 400 for a cursor that we did not give out
 */
export function pageOf(found: readonly SimulatedConversation[], paging: z.infer<typeof Paging>): Page {
  const sorted = found.toSorted((a, b) => b.updatedAt - a.updatedAt || b.id.localeCompare(a.id));
  const [pagesSeen, updatedAt, id] = paging.starting_after ? readCursor(paging.starting_after) : [0, Infinity, ''];
  const rest = sorted.filter((one) => one.updatedAt < updatedAt || (one.updatedAt === updatedAt && one.id < id));
  const conversations = rest.slice(0, paging.per_page);
  const last = conversations.at(-1);
  const hasMore = last !== undefined && rest.length > conversations.length;
  return {
    conversations,
    totalCount: found.length,
    pages: {
      type: 'pages',
      page: pagesSeen + 1,
      per_page: paging.per_page,
      total_pages: Math.ceil(found.length / paging.per_page),
      next: hasMore
        ? { per_page: paging.per_page, starting_after: writeCursor([pagesSeen + 1, last.updatedAt, last.id]) }
        : null,
    },
  };
}

function writeCursor(cursor: z.infer<typeof Cursor>): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function readCursor(raw: string): z.infer<typeof Cursor> {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(raw, 'base64url').toString()));
  } catch (cause) {
    throw new ApiError(400, 'parameter_invalid', 'The cursor in starting_after is not valid', {
      field: 'starting_after',
      cause,
    });
  }
}
