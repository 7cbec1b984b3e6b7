/**
 * The least that answers a webhook only when it is stored: the bare server with one row for each in a SQLite table without
 * an index, those that arrive together in one commit, flushed outside the thread. It knows no duplicates and opens no
 * turns. `node bench/bare-store.ts FILE`; prints {"url"} when it listens.
 */
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { isSigned, listeningUrl, readBody } from './bare-server.ts';

const clientSecret = process.env['INTERCOM_CLIENT_SECRET'] ?? '';
const path = process.argv[2] ?? '';

const Notification = z.object({ id: z.string(), data: z.object({ item: z.object({ id: z.string() }) }) });
type Waiting = { readonly notification: z.infer<typeof Notification>; readonly stored: () => void };

const db = new DatabaseSync(path);
db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 8000;');
db.exec('create table notifications (id text, conversation_id text)');
const insert = db.prepare('insert into notifications (id, conversation_id) values (?, ?)');
const log = await open(`${path}-wal`, 'r+');

let waiting: Waiting[] = [];
let isStoring = false;

async function storeWaiting(): Promise<void> {
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    db.exec('begin');
    for (const { notification } of batch) insert.run(notification.id, notification.data.item.id);
    db.exec('commit');
    await log.datasync();
    for (const { stored } of batch) stored();
  }
  isStoring = false;
}

const server = createServer((request, response) => {
  void readBody(request).then((body) => {
    if (!isSigned(body, request.headers['x-hub-signature'], clientSecret)) {
      response.writeHead(401).end();
      return;
    }
    const notification = Notification.parse(JSON.parse(body.toString('utf8')));
    waiting.push({ notification, stored: () => response.writeHead(200).end('ok') });
    if (isStoring) return;
    isStoring = true;
    setImmediate(() => void storeWaiting());
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(JSON.stringify({ url: listeningUrl(server) }));
