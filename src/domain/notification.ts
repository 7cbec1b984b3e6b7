import type { Position } from './position.ts';

/** What a notification says has happened, in our words. Topics without effect on a turn are never stored. */
export type NotificationEvent = {
  readonly type:
    | 'contact-wrote'
    | 'teammate-replied'
    | 'bot-replied'
    | 'conversation-closed'
    | 'conversation-deleted'
    | 'part-redacted';
  readonly position: Position;
  /** Intercom's id of whoever wrote the part, where the notification names one. */
  readonly authorId: string | undefined;
};
