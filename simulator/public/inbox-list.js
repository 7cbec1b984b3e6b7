import { avatar, byId, element, follow, timeOf } from './dom.js';

/** @typedef {import('./api.js').Summary} Summary */

const storageKey = 'simulator-seen';

/**
 * The list of conversations: marks for unread messages and new notes, arrow keys or j and k.
 * @param {{ onOpen: (conversationId: string) => void }} tell
 */
export function createInboxList({ onOpen }) {
  const list = byId('inbox-list', HTMLUListElement);
  /** The newest part that the Inbox has shown, by conversation. @type {Map<string, string>} */
  const seen = new Map(Object.entries(JSON.parse(sessionStorage.getItem(storageKey) ?? '{}')));
  /** @type {readonly Summary[]} */
  let shown = [];
  /** @type {string | undefined} */
  let openId;

  /** Part ids grow. @param {Summary} summary @param {string | null} partId */
  const isNew = (summary, partId) => partId !== null && Number(partId) > Number(seen.get(summary.id) ?? 0);

  /** @param {Summary & { isOpen: boolean, isUnread: boolean, hasNewNote: boolean }} entry */
  function render(entry) {
    const { contact, preview, state, channel, tags, updatedAt, isOpen, isUnread, hasNewNote } = entry;
    const badges = element('span', { class: 'badges' });
    if (hasNewNote) badges.append(element('span', { class: 'badge note-badge' }, 'New note'));
    if (channel === 'email') badges.append(element('span', { class: 'badge' }, 'E-mail'));
    if (state !== 'open') badges.append(element('span', { class: 'badge' }, state === 'closed' ? 'Closed' : 'Snoozed'));
    for (const tag of tags) badges.append(element('span', { class: 'badge tag-badge' }, tag));
    const button = element(
      'button',
      { type: 'button', class: 'entry', tabindex: isOpen ? '0' : '-1', ...(isOpen ? { 'aria-current': 'true' } : {}) },
      avatar(contact.name),
      element('span', { class: 'entry-name' }, contact.name),
      timeOf(updatedAt),
      element('span', { class: 'entry-preview' }, preview),
      badges,
    );
    if (isUnread) button.append(element('span', { class: 'unread' }, element('span', { class: 'hidden' }, 'Unread')));
    button.addEventListener('click', () => onOpen(entry.id));
    return element('li', { class: state === 'closed' ? 'is-closed' : '' }, button);
  }

  function draw() {
    const focused = list.contains(document.activeElement) ? document.activeElement?.closest('li')?.dataset['key'] : undefined;
    const entries = shown.map((summary) => ({
      ...summary,
      isOpen: summary.id === openId,
      isUnread: isNew(summary, summary.newest.contact) && summary.id !== openId,
      hasNewNote: isNew(summary, summary.newest.note) && summary.id !== openId,
    }));
    follow(list, entries, { keyOf: ({ id }) => id, render });
    if (focused !== undefined) buttonOf(focused)?.focus();
    const open = shown.filter(({ state }) => state === 'open').length;
    byId('inbox-count', HTMLElement).textContent = `${open} open`;
  }

  /** @param {string} id @returns {HTMLButtonElement | null} */
  const buttonOf = (id) => list.querySelector(`[data-key="${CSS.escape(id)}"] button`);

  /** @param {number} step */
  function move(step) {
    const ids = shown.map(({ id }) => id);
    const next = ids[Math.min(ids.length - 1, Math.max(0, ids.indexOf(openId ?? '') + step))];
    if (next === undefined) return;
    onOpen(next);
    buttonOf(next)?.focus();
  }

  list.addEventListener('keydown', (event) => {
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -shown.length, End: shown.length };
    const step = Object.entries(steps).find(([key]) => key === event.key)?.[1];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(step);
  });
  list.addEventListener('focus', () => buttonOf(openId ?? '')?.focus());

  return {
    /** @param {readonly Summary[]} summaries newest first */
    show(summaries) {
      shown = summaries;
      draw();
    },
    /** Marks one as open, and everything in it as seen. @param {string} id */
    open(id) {
      openId = id;
      this.markSeen(id);
    },
    /** @param {string} id */
    markSeen(id) {
      const newest = shown.find((summary) => summary.id === id)?.newest.any;
      if (newest !== undefined) seen.set(id, newest);
      sessionStorage.setItem(storageKey, JSON.stringify(Object.fromEntries(seen)));
      draw();
    },
  };
}
