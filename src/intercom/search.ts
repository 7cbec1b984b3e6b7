import { z } from 'zod';
import { type ConversationId, parseConversationId } from '../domain/ids.ts';
import type { SweepRange } from '../domain/sweep.ts';
import { WireId, WireTime } from './wire.ts';

/** What a search tells of a conversation; its parts it does not. */
export type ConversationSummary = {
  readonly id: ConversationId;
  /** Unix seconds of the contact's newest message; undefined when Intercom does not say. */
  readonly contactWroteAt: number | undefined;
};

export type ConversationPage = {
  readonly conversations: readonly ConversationSummary[];
  /** Where the next page begins; undefined on the last one. */
  readonly after: string | undefined;
};

/** The most that Intercom gives at once. */
const perPage = 150;

/**
 * The body of `POST /conversations/search`. `>` and `<` include the bound there.
 * Source: https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/searchconversations
 */
export const searchRequest = ({ fromSeconds, untilSeconds }: SweepRange, after: string | undefined): unknown => ({
  query: {
    operator: 'AND',
    value: [
      { field: 'updated_at', operator: '>', value: fromSeconds },
      { field: 'updated_at', operator: '<', value: untilSeconds },
      { field: 'state', operator: '=', value: 'open' },
    ],
  },
  pagination: { per_page: perPage, ...(after === undefined ? {} : { starting_after: after }) },
});

const WireSummary = z.object({
  id: WireId,
  statistics: z
    .object({ last_contact_reply_at: WireTime.nullish().catch(undefined) })
    .nullish()
    .catch(undefined),
});

const WirePage = z.object({
  conversations: z.array(z.unknown()),
  pages: z
    .object({
      next: z
        .object({ starting_after: z.string().min(1) })
        .nullish()
        .catch(undefined),
    })
    .nullish()
    .catch(undefined),
});

/** A page of a search. @throws z.ZodError when it is none */
export function parseConversationPage(json: unknown): ConversationPage {
  const page = WirePage.parse(json);
  const conversations = page.conversations.flatMap((raw): readonly ConversationSummary[] => {
    const summary = WireSummary.safeParse(raw);
    if (!summary.success) return [];
    const { id, statistics } = summary.data;
    return [{ id: parseConversationId(id), contactWroteAt: statistics?.last_contact_reply_at ?? undefined }];
  });
  return { conversations, after: page.pages?.next?.starting_after };
}

/** A conversation that somebody deleted; `deletedAt` in Unix seconds. */
type DeletedConversation = { readonly id: ConversationId; readonly deletedAt: number };

/** Newest deletion first. */
export type DeletedPage = { readonly conversations: readonly DeletedConversation[]; readonly isLast: boolean };

const WireDeleted = z.object({ id: WireId, deleted_at: WireTime });

const WireDeletedPage = z.object({
  conversations: z.array(z.unknown()),
  pages: z.object({ page: z.number(), total_pages: z.number() }).nullish().catch(undefined),
});

/** A page of `GET /conversations/deleted`. @throws z.ZodError when it is none */
export function parseDeletedPage(json: unknown): DeletedPage {
  const { conversations, pages } = WireDeletedPage.parse(json);
  return {
    conversations: conversations.flatMap((raw): readonly DeletedConversation[] => {
      const deleted = WireDeleted.safeParse(raw);
      return deleted.success ? [{ id: parseConversationId(deleted.data.id), deletedAt: deleted.data.deleted_at }] : [];
    }),
    isLast: pages == null || pages.page >= pages.total_pages,
  };
}
