import { post } from './api.js';
import { byId, element, follow, keepAtEnd, sendOnEnter } from './dom.js';
import { renderMessage } from './messages.js';

/** @typedef {import('./api.js').Summary} Summary @typedef {import('./api.js').Thread} Thread */

const newConversation = 'new';

/**
 * The customer's side: pick or begin a conversation, write, read the visible replies.
 * @param {{ onPicked: (conversationId: string) => void, onSent: (conversationId: string) => void, onTrouble: (error: unknown) => void }} tell
 */
export function createMessenger({ onPicked, onSent, onTrouble }) {
  const picker = byId('messenger-conversation', HTMLSelectElement);
  const log = byId('messenger-log', HTMLElement);
  const form = byId('messenger-form', HTMLFormElement);
  const text = byId('messenger-text', HTMLTextAreaElement);
  const nameField = byId('messenger-name-field', HTMLLabelElement);
  const name = byId('messenger-name', HTMLInputElement);
  /** @type {string | undefined} */
  let conversationId;

  /** @param {string | undefined} id undefined begins a new conversation */
  function pick(id) {
    conversationId = id;
    picker.value = id ?? newConversation;
    nameField.hidden = id !== undefined;
    if (id === undefined) follow(log, [], { keyOf: String, render: () => log });
    else onPicked(id);
  }

  async function send() {
    const words = text.value.trim();
    if (words === '') return;
    const contactName = name.value.trim() || 'Ada Fenwick';
    text.value = '';
    try {
      const to = conversationId === undefined ? { contactName } : { conversationId };
      const sent = await post('contact-writes', { ...to, text: words });
      if (conversationId === undefined) pick(sent.conversationId);
      name.value = '';
      onSent(sent.conversationId);
    } catch (error) {
      text.value = words;
      onTrouble(error);
    }
  }

  picker.addEventListener('change', () => pick(picker.value === newConversation ? undefined : picker.value));
  byId('messenger-new', HTMLButtonElement).addEventListener('click', () => {
    pick(undefined);
    name.focus();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  name.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    text.focus();
  });
  sendOnEnter(text);

  return {
    /** Undefined while a new conversation is being written. */
    picked: () => conversationId,
    pick,
    /** @param {readonly Summary[]} summaries newest first */
    showChoices(summaries) {
      const choices = summaries.map(({ id, contact, subject, preview }) => ({
        id,
        label: `${contact.name}: ${subject === '' ? preview : subject}`.slice(0, 60),
      }));
      follow(picker, [{ id: newConversation, label: 'Somebody new' }, ...choices], {
        keyOf: (choice) => choice.id,
        render: (choice) => element('option', { value: choice.id }, choice.label),
      });
      picker.value = conversationId ?? newConversation;
      const names = [...new Set(summaries.map(({ contact }) => contact.name))];
      follow(byId('messenger-contacts', HTMLDataListElement), names, {
        keyOf: String,
        render: (value) => element('option', { value }),
      });
    },
    /** @param {Thread} thread */
    show(thread) {
      if (thread.id !== conversationId) return;
      const isOther = log.getAttribute('data-conversation') !== thread.id;
      log.setAttribute('data-conversation', thread.id);
      const visible = thread.messages.filter((message) => message.kind === 'comment');
      keepAtEnd(
        log,
        () => follow(log, visible, { keyOf: ({ id }) => id, render: (message) => renderMessage(message, 'messenger') }),
        isOther,
      );
    },
  };
}
