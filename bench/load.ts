/** The load generator's process: takes jobs over the IPC channel and answers each with its samples. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connections } from './connection.ts';
import { JobMessage, type LoadJob, type LoadResult } from './load-job.ts';
import { createNotifications, type Receiver } from './notification.ts';
import { prepareConversations, watchNotes } from './simulated-conversations.ts';

type Job<Kind extends LoadJob['kind']> = Extract<LoadJob, { kind: Kind }>;

/** Notes that are not there this long after the last webhook are lost. */
const notesGraceMs = 10_000;

process.on('message', (message) => {
  const { id, job } = JobMessage.parse(message);
  void run(job).then((result) => process.send?.({ id, result }));
});

async function run(job: LoadJob): Promise<LoadResult> {
  switch (job.kind) {
    case 'at-rate':
      return await sendAtRate(job);
    case 'saturate':
      return await saturate(job);
    case 'notes':
      return await drawNotes(job);
  }
}

/** Requests for conversations that nobody has heard of before. */
function freshRequests(receiver: Receiver, count: number): readonly Buffer[] {
  const notification = createNotifications(receiver);
  return Array.from({ length: count }, (_, index) => notification(randomUUID(), String(index + 1)));
}

type Sent = { readonly answersMs: number[]; readonly sentLateMsMax: number; readonly elapsedMs: number };

/**
 * Sends each request when it is due, whether or not the ones before it are answered. The gaps vary by half, always in
 * the same way, so that both servers meet the same arrivals and no timer runs in step with them.
 */
async function sendWhenDue(
  connections: Connections,
  requests: readonly Buffer[],
  ratePerSecond: number,
  onSend: (index: number) => void,
): Promise<Sent> {
  const answers: Promise<number>[] = [];
  const startedAt = performance.now();
  let dueAt = startedAt;
  let sentLateMsMax = 0;
  for (const [index, request] of requests.entries()) {
    dueAt += (1000 / ratePerSecond) * (0.5 + ((index * 0.618_033_988_75) % 1));
    const aheadMs = dueAt - performance.now();
    if (aheadMs > 0) await sleep(aheadMs);
    sentLateMsMax = Math.max(sentLateMsMax, performance.now() - dueAt);
    onSend(index);
    answers.push(answerTime(connections, request));
  }
  return { answersMs: await Promise.all(answers), sentLateMsMax, elapsedMs: performance.now() - startedAt };
}

async function answerTime(connections: Connections, request: Buffer): Promise<number> {
  const sentAt = performance.now();
  const status = await connections.send(request);
  return status === 200 ? performance.now() - sentAt : Number.POSITIVE_INFINITY;
}

async function sendAtRate({ receiver, ratePerSecond, seconds }: Job<'at-rate'>): Promise<LoadResult> {
  const requests = freshRequests(receiver, Math.ceil(ratePerSecond * seconds));
  using connections = new Connections(new URL(receiver.webhookUrl));
  const { elapsedMs, ...sent } = await sendWhenDue(connections, requests, ratePerSecond, () => undefined);
  return { ...sent, notesMs: [], answeredPerSecond: (requests.length * 1000) / elapsedMs };
}

async function saturate(job: Job<'saturate'>): Promise<LoadResult> {
  const requests = freshRequests(job.receiver, job.requestsMax);
  using connections = new Connections(new URL(job.receiver.webhookUrl));
  const startedAt = performance.now();
  const endsAt = startedAt + job.seconds * 1000;
  const answersMs: number[] = [];
  // One iterator for all: each request is sent once.
  const queue = requests.values();
  const sendUntilEnd = async (): Promise<void> => {
    for (const request of queue) {
      answersMs.push(await answerTime(connections, request));
      if (performance.now() >= endsAt) return;
    }
  };
  await Promise.all(Array.from({ length: job.connections }, sendUntilEnd));
  const answeredPerSecond = (answersMs.length * 1000) / (performance.now() - startedAt);
  return { answersMs, notesMs: [], answeredPerSecond, sentLateMsMax: 0 };
}

async function drawNotes({ receiver, simulatorUrl, ratePerSecond, seconds }: Job<'notes'>): Promise<LoadResult> {
  const conversations = await prepareConversations(simulatorUrl, Math.ceil(ratePerSecond * seconds));
  const notification = createNotifications(receiver);
  const requests = conversations.map(({ conversationId, partId }) => notification(conversationId, partId));
  const sentAt: number[] = [];
  using connections = new Connections(new URL(receiver.webhookUrl));
  await using notes = await watchNotes(
    simulatorUrl,
    conversations.map(({ conversationId }) => conversationId),
  );
  const { elapsedMs, ...sent } = await sendWhenDue(connections, requests, ratePerSecond, (index) => {
    sentAt[index] = performance.now();
  });
  await Promise.race([notes.complete, sleep(notesGraceMs, undefined, { ref: false })]);
  const notesMs = conversations.map(
    ({ conversationId }, index) =>
      (notes.arrivedAt.get(conversationId) ?? Number.POSITIVE_INFINITY) - (sentAt[index] ?? 0),
  );
  return { ...sent, notesMs, answeredPerSecond: (requests.length * 1000) / elapsedMs };
}
