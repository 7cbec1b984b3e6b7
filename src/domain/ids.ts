/**
 * Branded ids. Every id enters the program through one of the parsers here, so that a conversation
 * id can't be handed to a function that wants a part id.
 */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** One Intercom account; `app_id` in a webhook, `app.id_code` of `GET /me`. */
export type WorkspaceId = Branded<'WorkspaceId'>;
/** Intercom's id of a conversation. Unique only within a workspace. */
export type ConversationId = Branded<'ConversationId'>;
/** Intercom's id of a conversation part, or `source:` and the id of the first message. */
export type PartId = Branded<'PartId'>;
/** Intercom's id of a teammate, an admin on the wire. */
export type TeammateId = Branded<'TeammateId'>;
/** Our id of a turn: the code in the last line of a note. */
export type TurnId = Branded<'TurnId'>;
/** Intercom's id of a notification (`notif_…`). */
export type NotificationId = Branded<'NotificationId'>;

const idCharsMax = 200;

const isId = <Id extends string>(raw: string): raw is Id => raw !== '' && raw.length <= idCharsMax && !/\s/.test(raw);

function parse<Id extends string>(kind: string, raw: string): Id {
  if (isId<Id>(raw)) return raw;
  throw new TypeError(`Not a ${kind}: expected 1 to ${idCharsMax} characters without white space.`);
}

/** @throws TypeError when `raw` is empty, over 200 characters or holds white space; so do all parsers here. */
export const parseWorkspaceId = (raw: string): WorkspaceId => parse<WorkspaceId>('workspace id', raw);
export const parseConversationId = (raw: string): ConversationId => parse<ConversationId>('conversation id', raw);
export const parsePartId = (raw: string): PartId => parse<PartId>('part id', raw);
export const parseTeammateId = (raw: string): TeammateId => parse<TeammateId>('teammate id', raw);
export const parseTurnId = (raw: string): TurnId => parse<TurnId>('turn id', raw);
export const parseNotificationId = (raw: string): NotificationId => parse<NotificationId>('notification id', raw);

/** The part id of a conversation's first message, which Intercom keeps apart from the parts as its `source`. */
export const sourcePartId = (sourceId: string): PartId => parsePartId(`source:${sourceId}`);
