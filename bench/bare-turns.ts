/**
 * The least that pays for Sidenote's promises as long as nothing goes wrong: the bare script with a store. A webhook is
 * answered when its notification and the turn that it opens are flushed to the disk, in shared commits, and a duplicate
 * opens nothing; a turn is claimed, its intent to post is flushed while the conversation is looked at again, and its end is
 * stored. It has no leases, retries, settings, checks or trace, and would not go on after a crash. `node bench/bare-turns.ts FILE`; prints {"url"} when it listens. Without
 * INTERCOM_API_URL turns are opened and wait.
 */
import { open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { askModel, postNote, readConversation } from './bare-calls.ts';
import { listenForWebhooks } from './bare-server.ts';

const isToRunTurns = process.env['INTERCOM_API_URL'] !== undefined;
const path = process.argv[2] ?? '';

const Notification = z.object({ id: z.string(), data: z.object({ item: z.object({ id: z.string() }) }) });
type Waiting = { readonly notification: z.infer<typeof Notification>; readonly accept: () => void };
const Opened = z.object({ id: z.number(), conversation_id: z.string() }).optional();
type Turn = NonNullable<z.infer<typeof Opened>>;

const db = new DatabaseSync(path);
db.exec(`
  pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 8000;
  create table notifications (id text primary key) without rowid;
  create table turns (id integer primary key, conversation_id text, state text);
  create unique index live_turns on turns (conversation_id) where state = 'waiting';
  create table posts (turn_id integer primary key, body text);
`);
const store = db.prepare('insert into notifications (id) values (?) on conflict do nothing');
const openTurn = db.prepare(
  `insert into turns (conversation_id, state) values (?, 'waiting') on conflict do nothing returning id, conversation_id`,
);
const claim = db.prepare(`update turns set state = 'working' where id = ? and state = 'waiting'`);
const intend = db.prepare('insert into posts (turn_id, body) values (?, ?)');
const end = db.prepare(`update turns set state = 'delivered' where id = ?`);
const log = await open(`${path}-wal`, 'r+');

let waiting: Waiting[] = [];
let isStoring = false;

async function storeWaiting(): Promise<void> {
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    db.exec('begin');
    const opened = batch.map(({ notification: { id, data } }) =>
      store.run(id).changes === 1 ? Opened.parse(openTurn.get(data.item.id)) : undefined,
    );
    db.exec('commit');
    if (isToRunTurns) for (const turn of opened) if (turn !== undefined) void runTurn(turn);
    await log.datasync();
    for (const { accept } of batch) accept();
  }
  isStoring = false;
}

async function runTurn({ id, conversation_id: conversationId }: Turn): Promise<void> {
  claim.run(id);
  const conversation = await readConversation(conversationId);
  const draft = await askModel(conversation);
  const look = readConversation(conversationId);
  intend.run(id, draft);
  await log.datasync();
  if ((await look).length === conversation.length) await postNote(conversationId, draft);
  end.run(id);
}

await listenForWebhooks((body, accept) => {
  const notification = Notification.parse(JSON.parse(body.toString('utf8')));
  waiting.push({ notification, accept });
  if (isStoring) return;
  isStoring = true;
  setImmediate(() => void storeWaiting());
});
