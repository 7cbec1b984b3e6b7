import { avatar, byId, element, follow, timeOf } from './dom.js';

/**
 * @typedef {import('./api.js').Summary} Summary
 * @typedef {Summary & { isOpen: boolean, isUnread: boolean, hasNewNote: boolean }} Entry
 */

const storageKey = 'simulator-seen';

/** The list of conversations: marks for unread messages and new notes, arrow keys or j and k. */
export class InboxList {
  #list = byId('inbox-list', HTMLUListElement);
  /** The newest part that the Inbox has shown, by conversation. @type {Map<string, string>} */
  #seen = new Map(Object.entries(JSON.parse(sessionStorage.getItem(storageKey) ?? '{}')));
  /** @type {readonly Summary[]} */
  #shown = [];
  /** @type {string | undefined} */
  #openId;
  #onOpen;

  /** @param {(conversationId: string) => void} onOpen */
  constructor(onOpen) {
    this.#onOpen = onOpen;
    this.#list.addEventListener('keydown', (event) => this.#moveBy(event));
    this.#list.addEventListener('focus', () => this.#buttonOf(this.#openId)?.focus());
  }

  /** @param {readonly Summary[]} summaries newest first */
  show(summaries) {
    this.#shown = summaries;
    this.#draw();
  }

  /** Marks one as open, and everything in it as seen. @param {string} id */
  open(id) {
    this.#openId = id;
    this.markSeen(id);
  }

  /** @param {string} id */
  markSeen(id) {
    const newest = this.#shown.find((summary) => summary.id === id)?.newest.any;
    if (newest !== undefined) this.#seen.set(id, newest);
    sessionStorage.setItem(storageKey, JSON.stringify(Object.fromEntries(this.#seen)));
    this.#draw();
  }

  /** Part ids grow, so what is new has a greater one. @param {Summary} summary @param {string | null} partId */
  #isNew(summary, partId) {
    return summary.id !== this.#openId && partId !== null && Number(partId) > Number(this.#seen.get(summary.id) ?? 0);
  }

  #draw() {
    const { activeElement } = document;
    const focused = this.#list.contains(activeElement) ? activeElement?.closest('li')?.dataset['key'] : undefined;
    const entries = this.#shown.map((summary) => ({
      ...summary,
      isOpen: summary.id === this.#openId,
      isUnread: this.#isNew(summary, summary.newest.contact),
      hasNewNote: this.#isNew(summary, summary.newest.note),
    }));
    follow(this.#list, entries, { keyOf: ({ id }) => id, render: (entry) => renderEntry(entry, this.#onOpen) });
    if (focused !== undefined) this.#buttonOf(focused)?.focus();
    const open = this.#shown.filter(({ state }) => state === 'open').length;
    byId('inbox-count', HTMLElement).textContent = `${open} open`;
  }

  /** @param {string | undefined} id @returns {HTMLButtonElement | null} */
  #buttonOf(id) {
    return this.#list.querySelector(`[data-key="${CSS.escape(id ?? '')}"] button`);
  }

  /** @param {KeyboardEvent} event */
  #moveBy(event) {
    const ids = this.#shown.map(({ id }) => id);
    const now = ids.indexOf(this.#openId ?? '');
    const targets = { ArrowDown: now + 1, j: now + 1, ArrowUp: now - 1, k: now - 1, Home: 0, End: ids.length - 1 };
    const target = Object.entries(targets).find(([key]) => key === event.key)?.[1];
    if (target === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = ids[target];
    if (next === undefined) return;
    this.#onOpen(next);
    this.#buttonOf(next)?.focus();
  }
}

/** @param {Entry} entry @param {(conversationId: string) => void} onOpen */
function renderEntry(entry, onOpen) {
  const { contact, preview, updatedAt, isOpen, isUnread } = entry;
  const button = element(
    'button',
    { type: 'button', class: 'entry', tabindex: isOpen ? '0' : '-1', ...(isOpen ? { 'aria-current': 'true' } : {}) },
    avatar(contact.name),
    element('span', { class: 'entry-name' }, contact.name),
    timeOf(updatedAt),
    element('span', { class: 'entry-preview' }, preview),
    badgesOf(entry),
  );
  if (isUnread) button.append(element('span', { class: 'unread' }, element('span', { class: 'hidden' }, 'Unread')));
  button.addEventListener('click', () => onOpen(entry.id));
  return element('li', { class: entry.state === 'closed' ? 'is-closed' : '' }, button);
}

/** @param {Entry} entry */
function badgesOf({ hasNewNote, channel, state, tags }) {
  const badges = element('span', { class: 'badges' });
  if (hasNewNote) badges.append(element('span', { class: 'badge note-badge' }, 'New note'));
  if (channel === 'email') badges.append(element('span', { class: 'badge' }, 'E-mail'));
  if (state !== 'open') badges.append(element('span', { class: 'badge' }, state === 'closed' ? 'Closed' : 'Snoozed'));
  for (const tag of tags) badges.append(element('span', { class: 'badge tag-badge' }, tag));
  return badges;
}
