import { post } from './api.js';
import { byId, element, follow, keepAtEnd, sendOnEnter } from './dom.js';
import { renderMessage } from './messages.js';

/** @typedef {import('./api.js').Thread} Thread @typedef {import('./api.js').Settings} Settings */

const nobody = '0';

/**
 * The teammate's side of one conversation: thread with notes, reply or note, close, assign, tag.
 * @param {Settings} settings
 * @param {(error: unknown) => void} onTrouble
 */
export function createInboxThread(settings, onTrouble) {
  const log = byId('thread-log', HTMLElement);
  const text = byId('thread-text', HTMLTextAreaElement);
  const assignee = byId('thread-assignee', HTMLSelectElement);
  const stateButton = byId('thread-state', HTMLButtonElement);
  const tagName = byId('tag-name', HTMLInputElement);
  /** @type {Thread | undefined} */
  let open;

  for (const { id, name } of [{ id: nobody, name: 'Nobody' }, ...settings.admins]) {
    assignee.append(element('option', { value: id }, name));
  }

  /** @param {string} path @param {object} body */
  const act = (path, body) => post(path, { conversationId: open?.id, ...body }).catch(onTrouble);

  /** @param {boolean} isClosing */
  async function send(isClosing) {
    const words = text.value.trim();
    if (open === undefined || words === '') return;
    text.value = '';
    const on = isClosing && !isNote() ? { on: 'close' } : {};
    const kind = isNote() ? 'note' : 'comment';
    try {
      await post('teammate-writes', { conversationId: open.id, text: words, kind, ...on });
    } catch (error) {
      text.value = words;
      onTrouble(error);
    }
  }

  const form = byId('thread-form', HTMLFormElement);
  const isNote = () => new FormData(form).get('kind') === 'note';

  function showKind() {
    form.classList.toggle('is-note', isNote());
    byId('thread-text-label', HTMLElement).textContent = isNote() ? 'Note to teammates' : 'Reply to the customer';
    text.placeholder = isNote() ? 'Only teammates see this…' : 'Reply to the customer…';
    byId('thread-send-close', HTMLElement).hidden = isNote();
  }

  form.addEventListener('change', showKind);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(event.submitter instanceof HTMLButtonElement && event.submitter.value === 'close');
  });
  sendOnEnter(text);
  assignee.addEventListener('change', () => void act('assign', { assigneeId: assignee.value }));
  stateButton.addEventListener('click', () => void act(open?.state === 'open' ? 'close' : 'open', {}));
  byId('tag-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    const name = tagName.value.trim();
    tagName.value = '';
    if (name !== '') void act('tag', { name });
  });
  showKind();

  /** @param {string} name */
  function renderTag(name) {
    const remove = element('button', { type: 'button', 'aria-label': `Remove the tag ${name}` }, '×');
    remove.addEventListener('click', () => {
      tagName.focus();
      void act('untag', { name });
    });
    return element('li', { class: 'badge tag-badge' }, name, remove);
  }

  return {
    isWriting: () => text.value.trim() !== '',
    focus: () => text.focus(),
    /** @param {Thread | undefined} thread undefined when there is none, or none any more */
    show(thread) {
      byId('thread', HTMLElement).hidden = thread === undefined;
      byId('thread-empty', HTMLElement).hidden = thread !== undefined;
      const isOther = thread?.id !== open?.id;
      open = thread;
      if (thread === undefined) return;
      if (isOther) text.value = '';
      byId('thread-name', HTMLElement).textContent = thread.contact.name;
      byId('thread-about', HTMLElement).textContent = aboutOf(thread);
      assignee.value = thread.assigneeId ?? nobody;
      stateButton.textContent = thread.state === 'open' ? 'Close' : 'Reopen';
      follow(byId('thread-tags', HTMLUListElement), thread.tags, { keyOf: String, render: renderTag });
      keepAtEnd(
        log,
        () => follow(log, thread.messages, { keyOf: ({ id }) => id, render: (message) => renderMessage(message, 'inbox') }),
        isOther,
      );
    },
  };
}

/** @param {Thread} thread */
function aboutOf({ state, channel, subject, contact }) {
  const words = { open: 'Open', closed: 'Closed', snoozed: 'Snoozed' }[state];
  const about = channel === 'email' ? `e-mail from ${contact.email}` : 'Messenger';
  return [words, about, subject].filter((part) => part !== '').join(' · ');
}
