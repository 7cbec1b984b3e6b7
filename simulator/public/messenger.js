import { post } from './api.js';
import { byId, element, follow, keepAtEnd, sendOnEnter } from './dom.js';
import { renderMessage } from './messages.js';

/**
 * @typedef {import('./api.js').Summary} Summary
 * @typedef {import('./api.js').Thread} Thread
 * @typedef {{ onPicked: (conversationId: string) => void, onSent: (conversationId: string) => void,
 *   onTrouble: (error: unknown) => void }} Listeners
 */

const newConversation = 'new';
const nameless = 'Ada Fenwick';

/** The customer's side: pick or begin a conversation, write, read the visible replies. */
export class Messenger {
  #picker = byId('messenger-conversation', HTMLSelectElement);
  #log = byId('messenger-log', HTMLElement);
  #text = byId('messenger-text', HTMLTextAreaElement);
  #name = byId('messenger-name', HTMLInputElement);
  #listeners;
  /** Undefined while a new conversation is being written. @type {string | undefined} */
  picked;

  /** @param {Listeners} listeners */
  constructor(listeners) {
    this.#listeners = listeners;
    this.#picker.addEventListener('change', () =>
      this.pick(this.#picker.value === newConversation ? undefined : this.#picker.value),
    );
    byId('messenger-new', HTMLButtonElement).addEventListener('click', () => {
      this.pick(undefined);
      this.#name.focus();
    });
    byId('messenger-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.#name.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      this.#text.focus();
    });
    sendOnEnter(this.#text);
  }

  /** @param {string | undefined} id undefined begins a new conversation */
  pick(id) {
    this.picked = id;
    this.#picker.value = id ?? newConversation;
    byId('messenger-name-field', HTMLLabelElement).hidden = id !== undefined;
    if (id === undefined) this.#log.replaceChildren();
    else this.#listeners.onPicked(id);
  }

  /** @param {readonly Summary[]} summaries newest first */
  showChoices(summaries) {
    const choices = summaries.map(({ id, contact, subject, preview }) => ({
      id,
      label: `${contact.name}: ${subject === '' ? preview : subject}`.slice(0, 60),
    }));
    follow(this.#picker, [{ id: newConversation, label: 'Somebody new' }, ...choices], {
      keyOf: ({ id }) => id,
      render: ({ id, label }) => element('option', { value: id }, label),
    });
    this.#picker.value = this.picked ?? newConversation;
    const names = [...new Set(summaries.map(({ contact }) => contact.name))];
    follow(byId('messenger-contacts', HTMLDataListElement), names, {
      keyOf: String,
      render: (value) => element('option', { value }),
    });
  }

  /** Shows a conversation if it is the picked one. @param {Thread} thread */
  show(thread) {
    if (thread.id !== this.picked) return;
    const isOther = this.#log.dataset['conversation'] !== thread.id;
    this.#log.dataset['conversation'] = thread.id;
    const visible = thread.messages.filter(({ kind }) => kind === 'comment');
    const how = {
      keyOf: messageId,
      render: (/** @type {Thread['messages'][0]} */ one) => renderMessage(one, 'messenger'),
    };
    keepAtEnd(this.#log, () => follow(this.#log, visible, how), isOther);
  }

  async #send() {
    const text = this.#text.value.trim();
    if (text === '') return;
    const to =
      this.picked === undefined
        ? { contactName: this.#name.value.trim() || nameless }
        : { conversationId: this.picked };
    this.#text.value = '';
    try {
      const { conversationId } = await post('contact-writes', { ...to, text });
      if (this.picked === undefined) this.pick(conversationId);
      this.#name.value = '';
      this.#listeners.onSent(conversationId);
    } catch (error) {
      this.#text.value = text;
      this.#listeners.onTrouble(error);
    }
  }
}

/** @param {Thread['messages'][0]} message */
const messageId = ({ id }) => id;
