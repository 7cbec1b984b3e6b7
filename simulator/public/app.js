import { listen, loadConversations, loadSettings, loadThread } from './api.js';
import { byId } from './dom.js';
import { InboxList } from './inbox-list.js';
import { InboxThread } from './inbox-thread.js';
import { Messenger } from './messenger.js';

/** @typedef {import('./api.js').Summary} Summary @typedef {import('./api.js').Thread} Thread */

const settings = await loadSettings();
/** @type {Map<string, Summary>} */
const summaries = new Map();
/** Conversations of which something is not shown yet. @type {Set<string>} */
const changed = new Set();
let isCatchingUp = false;
let isFirstLoad = true;
/** @type {string | undefined} */
let openId;

const thread = new InboxThread(settings, showTrouble);
const list = new InboxList(openInInbox);
const messenger = new Messenger({
  onPicked: catchUpWith,
  onSent: (id) => {
    catchUpWith(id);
    if (!thread.isWriting) openInInbox(id);
  },
  onTrouble: showTrouble,
});

const newestFirst = () =>
  [...summaries.values()].toSorted((a, b) => b.updatedAt - a.updatedAt || Number(b.newest.any) - Number(a.newest.any));

/** @param {string} id */
function openInInbox(id) {
  if (openId !== id) {
    openId = id;
    // At once, while it is fetched: what stands there is another conversation's, and a reply would go to that one.
    const summary = summaries.get(id);
    thread.show(summary === undefined ? undefined : { ...summary, messages: [] });
  }
  list.open(id);
  catchUpWith(id);
}

/**
 * Fetches a conversation and shows it wherever it belongs. One at a time, so that no older answer comes last; the
 * open one first, since somebody looks at it.
 * @param {string} id
 */
function catchUpWith(id) {
  changed.add(id);
  if (!isCatchingUp) void catchUp();
}

const nextChanged = () => (openId !== undefined && changed.has(openId) ? openId : changed.values().next().value);

async function catchUp() {
  isCatchingUp = true;
  try {
    for (let id = nextChanged(); id !== undefined; id = nextChanged()) {
      changed.delete(id);
      const loaded = await loadThread(id);
      if (loaded === undefined) forget(id);
      else show(loaded);
    }
  } catch (error) {
    showTrouble(error);
  } finally {
    isCatchingUp = false;
  }
}

/** @param {Thread} loaded */
function show(loaded) {
  const before = summaries.get(loaded.id);
  summaries.set(loaded.id, loaded);
  showLists();
  messenger.show(loaded);
  if (loaded.id === openId) {
    thread.show(loaded);
    list.markSeen(loaded.id);
  } else announce(loaded, before);
}

/** @param {string} id */
function forget(id) {
  summaries.delete(id);
  showLists();
  if (messenger.picked === id) messenger.pick(undefined);
  if (openId !== id) return;
  openId = undefined;
  thread.show(undefined);
}

function showLists() {
  const sorted = newestFirst();
  list.show(sorted);
  messenger.showChoices(sorted);
}

/** Says aloud what arrives in a conversation that is not open. @param {Summary} now @param {Summary | undefined} before */
function announce(now, before) {
  const announcer = byId('announcer', HTMLElement);
  if (now.newest.contact !== before?.newest.contact) announcer.textContent = `New message from ${now.contact.name}`;
  else if (now.newest.note !== before.newest.note)
    announcer.textContent = `New note in the conversation with ${now.contact.name}`;
}

async function loadAll() {
  const loaded = await loadConversations();
  const gone = [...summaries.keys()].filter((id) => loaded.every((summary) => summary.id !== id));
  for (const id of gone) forget(id);
  for (const summary of loaded) summaries.set(summary.id, summary);
  showLists();
  const first = newestFirst()[0]?.id;
  if (openId === undefined && first !== undefined) openInInbox(first);
  if (openId !== undefined) catchUpWith(openId);
  const picked = messenger.picked ?? (isFirstLoad ? first : undefined);
  if (picked !== undefined || isFirstLoad) messenger.pick(picked);
  isFirstLoad = false;
}

/** @param {unknown} error */
function showTrouble(error) {
  const trouble = byId('trouble', HTMLElement);
  trouble.textContent = error instanceof Error ? error.message : String(error);
  trouble.hidden = false;
  setTimeout(() => (trouble.hidden = true), 6000);
}

/** @param {string} text what the simulator's owner has to say, such as what Sidenote does now */
function showStatus(text) {
  const line = byId('status', HTMLElement);
  line.textContent = text;
  line.hidden = text === '';
}

/** @param {string} words @param {'live' | 'lost'} state */
function showConnection(words, state) {
  const connection = byId('connection', HTMLElement);
  connection.textContent = words;
  connection.dataset['state'] = state;
}

listen({
  onConnected: () => {
    showConnection('Live', 'live');
    loadAll().catch(showTrouble);
  },
  onLost: () => showConnection('Reconnecting…', 'lost'),
  onChanged: catchUpWith,
  onStatus: showStatus,
});
showStatus(settings.status);
