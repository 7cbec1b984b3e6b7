import { draftText } from './draft-text.js';
import { avatar, element, timeOf } from './dom.js';

/** @typedef {import('./api.js').Message} Message */

/** How a part is drawn. @param {Message} message @param {'messenger' | 'inbox'} place @returns {HTMLElement} */
export function renderMessage(message, place) {
  if (message.kind === 'event') return element('p', { class: 'event' }, eventText(message), ' · ', timeOf(message.at));
  const isOwn = (message.author.side === 'contact') === (place === 'messenger');
  const body = renderBody(message);
  const head = element('header', {}, element('span', { class: 'author' }, nameOf(message, place)), timeOf(message.at));
  const bubble = element('div', { class: 'bubble' }, head, body);
  for (const name of message.attachments) bubble.append(element('p', { class: 'attachment' }, `📎 ${name}`));
  if (message.kind === 'note') {
    head.prepend(element('span', { class: 'note-label' }, 'Note'));
    head.append(copyButton(body));
    return element('article', { class: 'message note', 'aria-label': `Note by ${message.author.name}` }, bubble);
  }
  const ride = rideText(message);
  if (ride !== undefined && place === 'inbox') bubble.append(element('p', { class: 'ride' }, ride));
  return element(
    'article',
    { class: `message ${isOwn ? 'own' : 'theirs'}`, 'aria-label': `${message.author.name} wrote` },
    avatar(message.author.name),
    bubble,
  );
}

/**
 * The one place where HTML enters the page. The server has sanitised it before it kept it, and the
 * page's Content-Security-Policy lets nothing in it run or load.
 * @param {Message} message
 */
function renderBody(message) {
  const body = element('div', { class: message.isRedacted ? 'body redacted' : 'body' });
  body.innerHTML = message.html ?? '';
  for (const link of body.querySelectorAll('a')) link.target = '_blank';
  return body;
}

/** @param {Message} message @param {'messenger' | 'inbox'} place */
function nameOf(message, place) {
  if (place === 'messenger' && message.author.side === 'contact') return 'You';
  return message.author.side === 'bot' ? `${message.author.name} · bot` : message.author.name;
}

/** @param {Message} message */
function eventText({ partType, author, assignedTo }) {
  switch (partType) {
    case 'close':
      return `${author.name} closed the conversation`;
    case 'open':
      return `${author.name} opened the conversation`;
    case 'snoozed':
      return `${author.name} snoozed the conversation`;
    case 'assignment':
    case 'assign_and_reopen':
      return assignedTo === null
        ? `${author.name} took the assignment back`
        : `${author.name} assigned to ${assignedTo}`;
    case 'conversation_tags_updated':
      return `${author.name} changed the tags`;
    default:
      return `${author.name}: ${partType.replaceAll('_', ' ')}`;
  }
}

/** What else a message did: a reply can close, assign or reopen. @param {Message} message */
function rideText({ partType, author, assignedTo }) {
  if (partType === 'close') return 'and closed the conversation';
  if (partType === 'assignment' && assignedTo !== null) return `and assigned to ${assignedTo}`;
  return partType === 'open' && author.side === 'contact' ? 'and reopened the conversation' : undefined;
}

/** @param {HTMLElement} body */
function copyButton(body) {
  const button = element('button', { class: 'copy', type: 'button', 'aria-label': 'Copy the draft as text' }, 'Copy');
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(draftText(body));
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), 1600);
  });
  return button;
}
