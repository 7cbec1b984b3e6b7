import { sanitiseBody } from './html.ts';
import type {
  Assignee,
  Change,
  Company,
  ContactRecord,
  ConversationState,
  FinState,
  Person,
  SimulatedAttachment,
  SimulatedConversation,
  SimulatedPart,
  Tag,
} from './model.ts';
import { createCast, createContact, type Cast, type ContactDetails } from './people.ts';

export type ContactMessage = {
  /** Absent: a new conversation begins. */
  readonly conversationId?: string | undefined;
  /** Who begins a new conversation; the contact is found by name or made. */
  readonly contactName?: string | undefined;
  /** Of a contact that is made for it. */
  readonly contactRole?: 'user' | 'lead' | undefined;
  readonly contactEmail?: string | undefined;
  readonly html: string;
  /** `source.type` of a new conversation; default `conversation`, the Messenger. */
  readonly channel?: string | undefined;
  readonly subject?: string | undefined;
  /** Unix seconds; default now. */
  readonly createdAt?: number | undefined;
  readonly attachments?: readonly SimulatedAttachment[] | undefined;
  /** False: no webhook is sent for this message, as if it had been lost. */
  readonly notify?: boolean | undefined;
  readonly appPackageCode?: string | undefined;
};

/** A part before the workspace gives it an id. `state` is the conversation's state from then on. */
export type NewPart = {
  readonly author: Person;
  readonly partType: string;
  readonly html?: string | undefined;
  readonly state?: ConversationState | undefined;
  readonly assignedTo?: Assignee | null | undefined;
  readonly attachments?: readonly SimulatedAttachment[] | undefined;
  readonly createdAt?: number | undefined;
  readonly snoozedUntil?: number | undefined;
  readonly notify?: boolean | undefined;
  readonly appPackageCode?: string | undefined;
};

const tombstone = '<p><i>This message was deleted</i></p>';
const visibleToContact = (part: NewPart): boolean => part.html !== undefined && part.partType !== 'note';

/** No conversation, part or tag has this id. The REST API answers 404. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/**
 * One simulated Intercom workspace: all state, every rule of how it changes, no input or output.
 * Each change is told to the listeners at once, in order.
 */
export class Workspace {
  readonly appId: string;
  readonly cast: Cast;
  readonly #now: () => number;
  readonly #conversations = new Map<string, SimulatedConversation>();
  readonly #contacts = new Map<string, Person>();
  readonly #contactsByName = new Map<string, Person>();
  readonly #records = new Map<string, ContactRecord>();
  readonly #mergedContacts = new Set<string>();
  readonly #deleted: { readonly id: string; readonly deletedAt: number }[] = [];
  readonly #tags = new Map<string, Tag>();
  readonly #listeners = new Set<(change: Change) => void>();
  #lastConversation = 215_470_000_000_000;
  #lastPart = 45_760_000_000;
  #lastTag = 9_400;

  /** @param settings.now milliseconds since the epoch */
  constructor(settings: { readonly appId: string; readonly now: () => number }) {
    this.appId = settings.appId;
    this.#now = settings.now;
    this.cast = createCast(settings.appId);
  }

  /** @returns a function that ends the subscription */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Unix seconds by the workspace's clock. */
  nowSeconds(): number {
    return Math.floor(this.#now() / 1000);
  }

  find(conversationId: string): SimulatedConversation | undefined {
    return this.#conversations.get(conversationId);
  }

  /** @throws NotFound */
  get(conversationId: string): SimulatedConversation {
    const conversation = this.#conversations.get(conversationId);
    if (conversation === undefined) throw new NotFound(`There is no conversation ${conversationId}.`);
    return conversation;
  }

  /** Oldest first. */
  conversations(): SimulatedConversation[] {
    return [...this.#conversations.values()];
  }

  /** Conversations that were removed, newest first; times in Unix seconds. */
  deleted(): readonly { readonly id: string; readonly deletedAt: number }[] {
    return this.#deleted;
  }

  contacts(): Person[] {
    return [...this.#contacts.values()];
  }

  contact(id: string): Person | undefined {
    return this.#contacts.get(id);
  }

  /** Whether the contact of this id was merged into another one, and is there no more. */
  isMerged(contactId: string): boolean {
    return this.#mergedContacts.has(contactId);
  }

  /** Everything that one contact has and wrote becomes another's. */
  mergeContact(merged: Person, survivor: Person): void {
    if (merged.id === survivor.id) return;
    this.#contacts.delete(merged.id);
    this.#contactsByName.delete(merged.name);
    this.#mergedContacts.add(merged.id);
    const after = (person: Person): Person => (person.id === merged.id ? survivor : person);
    for (const conversation of this.#conversations.values()) {
      conversation.contact = after(conversation.contact);
      for (const message of [conversation.source, ...conversation.parts]) message.author = after(message.author);
    }
  }

  /** Another contact takes the place of the one that has the conversation; what was written stays as it is. @throws NotFound */
  replaceContact(conversationId: string, contact: Person): void {
    this.get(conversationId).contact = contact;
  }

  /** What is known of a contact; nothing until it is described. */
  contactRecord(id: string): ContactRecord {
    return this.#records.get(id) ?? { attributes: {}, companies: [] };
  }

  describeContact(id: string, record: Partial<ContactRecord>): void {
    this.#records.set(id, { ...this.contactRecord(id), ...record });
  }

  /** The contact of that name, made when there is none yet. */
  contactByName(name: string, details: ContactDetails = {}): Person {
    const known = this.#contactsByName.get(name);
    if (known !== undefined) return known;
    const contact = createContact(name, this.#contacts.size + this.#mergedContacts.size + 1, details);
    this.#contacts.set(contact.id, contact);
    this.#contactsByName.set(name, contact);
    return contact;
  }

  admin(id: string): Person | undefined {
    return this.cast.admins.find((admin) => admin.id === id);
  }

  tags(): Tag[] {
    return [...this.#tags.values()];
  }

  tagById(id: string): Tag | undefined {
    return this.#tags.get(id);
  }

  /** The tag of that name, made when there is none yet; names differ by more than case. */
  tagByName(name: string): Tag {
    for (const tag of this.#tags.values()) if (tag.name.toLowerCase() === name.toLowerCase()) return tag;
    const tag = { id: String(++this.#lastTag), name };
    this.#tags.set(tag.id, tag);
    return tag;
  }

  /**
   * A contact begins a conversation or writes in one. Writing in one that is closed or snoozed opens
   * it again, and the message arrives as a part of type `open` with a body (platform sheet, 1.5).
   * @throws NotFound
   */
  contactWrites(message: ContactMessage): { conversationId: string; partId: string } {
    if (message.conversationId === undefined) return this.#begin(message);
    const conversation = this.get(message.conversationId);
    const part = this.addPart(conversation.id, {
      author: conversation.contact,
      partType: conversation.state === 'open' ? 'comment' : 'open',
      state: 'open',
      html: message.html,
      attachments: message.attachments,
      createdAt: message.createdAt,
      notify: message.notify,
      appPackageCode: message.appPackageCode,
    });
    return { conversationId: conversation.id, partId: part.id };
  }

  #begin(message: ContactMessage): { conversationId: string; partId: string } {
    const createdAt = message.createdAt ?? this.nowSeconds();
    const { contactName = 'Ada Fenwick', contactRole: role, contactEmail: email } = message;
    const contact = this.contactByName(contactName, { role, email });
    const conversation: SimulatedConversation = {
      id: String(++this.#lastConversation),
      createdAt,
      updatedAt: createdAt,
      state: 'open',
      read: false,
      title: null,
      waitingSince: createdAt,
      snoozedUntil: null,
      adminAssigneeId: null,
      teamAssigneeId: null,
      contact,
      source: {
        id: String(++this.#lastPart),
        type: message.channel ?? 'conversation',
        subject: message.subject ?? '',
        body: sanitiseBody(message.html),
        author: contact,
        attachments: message.attachments ?? [],
        redacted: false,
      },
      parts: [],
      tags: [],
      customAttributes: {},
      company: null,
      finState: null,
    };
    this.#conversations.set(conversation.id, conversation);
    this.#tell({ kind: 'created', conversation, notify: message.notify ?? true });
    return { conversationId: conversation.id, partId: conversation.source.id };
  }

  /**
   * Adds one part and carries out what it says: state, assignee, who waits for whom.
   * @throws NotFound
   */
  addPart(conversationId: string, added: NewPart): SimulatedPart {
    const conversation = this.get(conversationId);
    const part = this.#append(conversation, added);
    this.#tell({ kind: 'part', conversation, part, notify: added.notify ?? true });
    return part;
  }

  #append(conversation: SimulatedConversation, added: NewPart): SimulatedPart {
    const createdAt = added.createdAt ?? this.nowSeconds();
    const part: SimulatedPart = {
      id: String(++this.#lastPart),
      partType: added.partType,
      body: added.html === undefined ? null : sanitiseBody(added.html),
      createdAt,
      updatedAt: createdAt,
      author: added.author,
      attachments: added.attachments ?? [],
      redacted: false,
      assignedTo: added.assignedTo ?? null,
      state: added.state ?? conversation.state,
      appPackageCode: added.appPackageCode ?? null,
    };
    conversation.parts.push(part);
    conversation.updatedAt = Math.max(conversation.updatedAt, createdAt);
    conversation.state = part.state;
    conversation.snoozedUntil = part.state === 'snoozed' ? (added.snoozedUntil ?? conversation.snoozedUntil) : null;
    if (visibleToContact(added)) this.#noteWhoWaits(conversation, part);
    return part;
  }

  #noteWhoWaits(conversation: SimulatedConversation, part: SimulatedPart): void {
    const isFromContact = part.author.type === 'user' || part.author.type === 'lead';
    if (isFromContact) conversation.waitingSince ??= part.createdAt;
    else conversation.waitingSince = null;
    conversation.read = !isFromContact;
  }

  /**
   * Gives the conversation to a teammate or team, or to nobody with the id `"0"`. Teammate and team
   * are independent of each other, as in reality.
   * @throws NotFound
   */
  assign(conversationId: string, actor: Person, assignee: Assignee, extra: Partial<NewPart> = {}): SimulatedPart {
    const conversation = this.get(conversationId);
    const id = assignee.id === '0' ? null : assignee.id;
    if (assignee.type === 'team') conversation.teamAssigneeId = id;
    else conversation.adminAssigneeId = id;
    const isClosed = conversation.state === 'closed';
    return this.addPart(conversationId, {
      ...extra,
      author: actor,
      partType: isClosed ? 'assign_and_reopen' : 'assignment',
      state: isClosed ? 'open' : conversation.state,
      assignedTo: id === null ? null : assignee,
    });
  }

  /** @throws NotFound */
  tag(conversationId: string, tag: Tag, actor: Person): void {
    const conversation = this.get(conversationId);
    if (conversation.tags.some((applied) => applied.id === tag.id)) return;
    const part = this.#append(conversation, { author: actor, partType: 'conversation_tags_updated' });
    conversation.tags = [...conversation.tags, { ...tag, appliedAt: part.createdAt, appliedBy: actor }];
    this.#tell({ kind: 'tagged', conversation, part, notify: true });
  }

  /** @throws NotFound when there is no such conversation, or it does not have the tag */
  untag(conversationId: string, tagId: string, actor: Person): void {
    const conversation = this.get(conversationId);
    const kept = conversation.tags.filter((applied) => applied.id !== tagId);
    if (kept.length === conversation.tags.length) throw new NotFound(`The conversation has no tag ${tagId}.`);
    const part = this.#append(conversation, { author: actor, partType: 'conversation_tags_updated' });
    conversation.tags = kept;
    this.#tell({ kind: 'untagged', conversation, part, notify: true });
  }

  /**
   * Takes a message's words away for good; the part stays, marked, with a tombstone for a body.
   * @param messageId a part's id or the source's
   * @returns false when there is nothing to redact because the part has no body
   * @throws NotFound
   */
  redact(conversationId: string, messageId: string): boolean {
    const conversation = this.get(conversationId);
    const part = conversation.parts.find((candidate) => candidate.id === messageId);
    const message = conversation.source.id === messageId ? conversation.source : part;
    if (message === undefined) throw new NotFound(`There is no part ${messageId} in the conversation.`);
    if (message.body === null) return false;
    message.body = tombstone;
    message.attachments = [];
    message.redacted = true;
    conversation.updatedAt = Math.max(conversation.updatedAt, this.nowSeconds());
    if (part !== undefined) part.updatedAt = conversation.updatedAt;
    this.#tell({ kind: 'redacted', conversation, ...(part === undefined ? {} : { part }), notify: true });
    return true;
  }

  /** Changes what `PUT /conversations/{id}` can change. @throws NotFound */
  update(
    conversationId: string,
    changes: {
      readonly read?: boolean | undefined;
      readonly title?: string | undefined;
      readonly customAttributes?: SimulatedConversation['customAttributes'] | undefined;
      readonly company?: Company | undefined;
      readonly finState?: FinState | undefined;
    },
  ): SimulatedConversation {
    const conversation = this.get(conversationId);
    conversation.read = changes.read ?? conversation.read;
    conversation.title = changes.title ?? conversation.title;
    conversation.company = changes.company ?? conversation.company;
    conversation.finState = changes.finState ?? conversation.finState;
    conversation.customAttributes = { ...conversation.customAttributes, ...changes.customAttributes };
    conversation.updatedAt = Math.max(conversation.updatedAt, this.nowSeconds());
    this.#tell({ kind: 'updated', conversation, notify: true });
    return conversation;
  }

  /** @throws NotFound */
  remove(conversationId: string): void {
    this.get(conversationId);
    this.#conversations.delete(conversationId);
    this.#deleted.unshift({ id: conversationId, deletedAt: this.nowSeconds() });
    this.#tell({ kind: 'deleted', conversationId, notify: true });
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
