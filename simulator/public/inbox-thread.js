import { post } from './api.js';
import { byId, element, follow, keepAtEnd, sendOnEnter } from './dom.js';
import { renderMessage } from './messages.js';

/**
 * @typedef {import('./api.js').Thread} Thread
 * @typedef {import('./api.js').Settings} Settings
 */

const nobody = '0';

/** The teammate's side of one conversation: thread with notes, reply or note, close, assign, tag. */
export class InboxThread {
  #log = byId('thread-log', HTMLElement);
  #form = byId('thread-form', HTMLFormElement);
  #text = byId('thread-text', HTMLTextAreaElement);
  #assignee = byId('thread-assignee', HTMLSelectElement);
  #stateButton = byId('thread-state', HTMLButtonElement);
  #tagName = byId('tag-name', HTMLInputElement);
  /** @type {Thread | undefined} */
  #open;
  #onTrouble;

  /** @param {Settings} settings @param {(error: unknown) => void} onTrouble */
  constructor(settings, onTrouble) {
    this.#onTrouble = onTrouble;
    for (const { id, name } of [{ id: nobody, name: 'Nobody' }, ...settings.admins]) {
      this.#assignee.append(element('option', { value: id }, name));
    }
    this.#form.addEventListener('change', () => this.#showKind());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send(event.submitter instanceof HTMLButtonElement && event.submitter.value === 'close');
    });
    this.#assignee.addEventListener('change', () => this.#act('assign', { assigneeId: this.#assignee.value }));
    this.#stateButton.addEventListener('click', () => this.#act(this.#open?.state === 'open' ? 'close' : 'open', {}));
    byId('tag-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      const name = this.#tagName.value.trim();
      this.#tagName.value = '';
      if (name !== '') this.#act('tag', { name });
    });
    sendOnEnter(this.#text);
    this.#showKind();
  }

  /** True while a message is begun and not sent. */
  get isWriting() {
    return this.#text.value.trim() !== '';
  }

  /** @param {Thread | undefined} thread undefined when there is none, or none any more */
  show(thread) {
    byId('thread', HTMLElement).hidden = thread === undefined;
    byId('thread-empty', HTMLElement).hidden = thread !== undefined;
    const isOther = thread?.id !== this.#open?.id;
    const isFirstFilled = isOther || this.#open?.messages.length === 0;
    this.#open = thread;
    if (thread === undefined) return;

    if (isOther) this.#text.value = '';
    byId('thread-name', HTMLElement).textContent = thread.contact.name;
    byId('thread-about', HTMLElement).textContent = aboutOf(thread);
    this.#assignee.value = thread.assigneeId ?? nobody;
    this.#stateButton.textContent = thread.state === 'open' ? 'Close' : 'Reopen';
    follow(byId('thread-tags', HTMLUListElement), thread.tags, {
      keyOf: String,
      render: (name) => this.#renderTag(name),
    });
    const render = (/** @type {Thread['messages'][0]} */ message) => renderMessage(message, 'inbox');
    keepAtEnd(this.#log, () => follow(this.#log, thread.messages, { keyOf: ({ id }) => id, render }), isFirstFilled);
  }

  /** @param {string} path @param {object} body */
  #act(path, body) {
    post(path, { conversationId: this.#open?.id, ...body }).catch(this.#onTrouble);
  }

  /** @param {boolean} isClosing */
  async #send(isClosing) {
    const text = this.#text.value.trim();
    if (this.#open === undefined || text === '') return;
    const kind = this.#isNote ? { kind: 'note' } : {};
    const on = isClosing && !this.#isNote ? { on: 'close' } : {};
    this.#text.value = '';
    try {
      await post('teammate-writes', { conversationId: this.#open.id, text, ...kind, ...on });
    } catch (error) {
      this.#text.value = text;
      this.#onTrouble(error);
    }
  }

  get #isNote() {
    return new FormData(this.#form).get('kind') === 'note';
  }

  #showKind() {
    this.#form.classList.toggle('is-note', this.#isNote);
    byId('thread-text-label', HTMLElement).textContent = this.#isNote ? 'Note to teammates' : 'Reply to the customer';
    this.#text.placeholder = this.#isNote ? 'Only teammates see this…' : 'Reply to the customer…';
    byId('thread-send-close', HTMLElement).hidden = this.#isNote;
  }

  /** @param {string} name */
  #renderTag(name) {
    const remove = element('button', { type: 'button', 'aria-label': `Remove the tag ${name}` }, '×');
    remove.addEventListener('click', () => {
      this.#tagName.focus(); // the button is about to go, and the focus would go with it
      this.#act('untag', { name });
    });
    return element('li', { class: 'badge tag-badge' }, name, remove);
  }
}

/** @param {Thread} thread */
function aboutOf({ state, channel, subject, contact }) {
  const words = { open: 'Open', closed: 'Closed', snoozed: 'Snoozed' }[state];
  const about = channel === 'email' ? `e-mail from ${contact.email}` : 'Messenger';
  return [words, about, subject].filter((part) => part !== '').join(' · ');
}
