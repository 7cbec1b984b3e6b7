/**
 * @typedef {{ id: string, kind: 'comment' | 'note' | 'event', partType: string, html: string | null, at: number,
 *   author: { side: 'contact' | 'admin' | 'bot', name: string }, isByAssistant: boolean, attachments: string[],
 *   isRedacted: boolean, assignedTo: string | null }} Message
 * @typedef {{ id: string, contact: { id: string, name: string, email: string }, channel: string, subject: string,
 *   state: 'open' | 'closed' | 'snoozed', updatedAt: number, isRead: boolean, preview: string, lastAuthor: string,
 *   tags: string[], assigneeId: string | null, assignee: string | null,
 *   newest: { contact: string, note: string | null, any: string } }} Summary
 * @typedef {Summary & { messages: Message[] }} Thread
 * @typedef {{ teammateId: string, assistantId: string, admins: { id: string, name: string }[], status: string }} Settings
 */

/** @param {string} path @param {RequestInit} [init] */
async function call(path, init) {
  const response = await fetch(`/simulator/${path}`, init);
  if (response.status === 404) return undefined;
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `The simulator answered ${response.status}.`);
  return answer;
}

/** @param {string} path @param {object} body */
export const post = (path, body) =>
  call(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

/** @returns {Promise<Settings>} */
export const loadSettings = () => call('settings');
/** Newest first. @returns {Promise<Summary[]>} */
export const loadConversations = () => call('conversations');
/** Undefined when it is gone. @param {string} id @returns {Promise<Thread | undefined>} */
export const loadThread = (id) => call(`conversations/${id}`);

/**
 * Tells of each conversation that changes, and of every connection: what happened before it may have
 * been missed. The browser connects again by itself.
 * @param {{ onConnected: () => void, onLost: () => void, onChanged: (conversationId: string) => void, onStatus: (text: string) => void }} listeners
 */
export function listen({ onConnected, onLost, onChanged, onStatus }) {
  const events = new EventSource('/simulator/events');
  events.addEventListener('open', onConnected);
  events.addEventListener('error', onLost);
  events.addEventListener('message', (event) => {
    const told = JSON.parse(event.data);
    if (told.kind === 'status') onStatus(told.text);
    else onChanged(told.conversationId);
  });
}
