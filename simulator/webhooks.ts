import { createHmac, randomUUID } from 'node:crypto';
import { Agent } from 'undici';

/** What a change is called in a webhook. */
export type Topic =
  | 'conversation.user.created'
  | 'conversation.user.replied'
  | 'conversation.admin.replied'
  | 'conversation.operator.replied'
  | 'conversation.admin.noted'
  | 'conversation.admin.assigned'
  | 'conversation.admin.closed'
  | 'conversation.admin.opened'
  | 'conversation.admin.snoozed'
  | 'conversation.deleted'
  | 'conversation_part.redacted'
  | 'conversation_part.tag.created'
  | 'article.created'
  | 'article.updated'
  | 'article.published'
  | 'article.unpublished'
  | 'article.deleted'
  | 'ping';

/** One thing to tell; every attempt and every copy has the same id. */
export type Notification = {
  /** `notif_` and a UUID; null for a ping, as in reality. */
  readonly id: string | null;
  readonly topic: string;
  /** Unix seconds: when the thing happened. */
  readonly createdAt: number;
  readonly item: unknown;
};

/** One attempt. `status` 0: no answer; `problem` says why. */
export type Delivery = {
  readonly id: string | null;
  readonly topic: string;
  readonly status: number;
  readonly problem?: string;
  /** From the first byte sent to the whole answer. */
  readonly ms: number;
  /** 1, or 2 for the retry. */
  readonly attempt: number;
};

export type WebhookSettings = {
  readonly clientSecret: string;
  readonly appId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly retryDelayMs: number;
  readonly deadlineMs: number;
};

export type SignedRequest = { readonly headers: Record<string, string>; readonly body: string };

export type ReleaseOptions = {
  readonly order?: 'sent' | 'reversed' | undefined;
  /** How often each is delivered; default once. */
  readonly copies?: number | undefined;
};

const logEntriesMax = 10_000;
const notificationsKeptMax = 1_000;

/**
 * Sends notifications the way Intercom does (platform sheet, 1.2 to 1.6): signed, five seconds to
 * answer, one retry after a minute, nothing more after a 410. Nothing is ordered unless a test asks.
 */
export class Webhooks {
  readonly #settings: WebhookSettings;
  // Kept alive and unpipelined: one hand-shake per connection, not one per notification.
  readonly #agent = new Agent({ connections: 64, pipelining: 1, keepAliveTimeout: 30_000 });
  readonly #log: Delivery[] = [];
  readonly #recent = new Map<string, Notification>();
  readonly #retries = new Map<NodeJS.Timeout, Notification>();
  readonly #inFlight = new Set<Promise<void>>();
  #held: Notification[] | undefined;
  #url: string | undefined;
  #isSuspended = false;

  constructor(settings: WebhookSettings, url: string | undefined) {
    this.#settings = settings;
    this.#url = url;
  }

  /** Attempts, oldest first; the newest ten thousand at least. */
  get log(): readonly Delivery[] {
    return this.#log;
  }

  /** How many deliveries failed once and wait for their retry. */
  get retriesWaiting(): number {
    return this.#retries.size;
  }

  /** Where to; undefined sends nothing. A subscription that a 410 has ended begins anew. */
  setUrl(url: string | undefined): void {
    this.#url = url;
    this.#isSuspended = false;
  }

  /** @param createdAt Unix seconds; default now */
  notify(topic: Topic, item: unknown, createdAt: number = this.#nowSeconds()): Notification {
    const notification = { id: topic === 'ping' ? null : `notif_${randomUUID()}`, topic, createdAt, item };
    this.#send(notification);
    return notification;
  }

  /** What Intercom sends when the address is saved or tested. */
  ping(): void {
    this.notify('ping', { type: 'ping', message: 'something something interzen' });
  }

  /** Keeps everything back from now on, until {@link release}. */
  hold(): void {
    this.#held ??= [];
  }

  /** Delivers what was held, one after another so that the order is as asked; resolves when all are through. */
  release({ order = 'sent', copies = 1 }: ReleaseOptions = {}): Promise<void> {
    const held = this.#held ?? [];
    this.#held = undefined;
    const inOrder = order === 'sent' ? held : held.toReversed();
    return this.#track(this.#deliverInOrder(inOrder, copies));
  }

  /** Throws away what is held and lets what comes go through: an outage longer than the retry. @returns how many were lost */
  drop(): number {
    const lost = this.#held?.length ?? 0;
    this.#held = undefined;
    return lost;
  }

  /** The same notification again, same id. @throws when the id is not among the last thousand */
  async redeliver(notificationId: string): Promise<void> {
    await this.#deliver(this.#find(notificationId), 1);
  }

  /** The same message under another topic, with an id of its own. @throws as {@link redeliver} */
  async redeliverAs(notificationId: string, topic: Topic): Promise<void> {
    await this.#deliver({ ...this.#find(notificationId), id: `notif_${randomUUID()}`, topic }, 1);
  }

  /** Makes all waiting retries now; resolves when they are through. */
  async retryNow(): Promise<void> {
    const waiting = [...this.#retries];
    for (const [timer] of waiting) clearTimeout(timer);
    this.#retries.clear();
    await Promise.all(waiting.map(([, notification]) => this.#deliver(notification, 2)));
  }

  /** Resolves when no delivery is under way. What is held or waits for its retry does not count. */
  async idle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  /** The headers and body of a genuine delivery of `envelope`, for a request made by hand. */
  signedRequest(envelope: unknown): SignedRequest {
    const body = JSON.stringify(envelope);
    const signature = createHmac('sha1', this.#settings.clientSecret).update(body).digest('hex');
    return {
      body,
      headers: {
        'Content-Type': 'application/json',
        Accept: 'application/json',
        'User-Agent': 'intercom-parrot-service-client/1.0',
        'X-Hub-Signature': `sha1=${signature}`,
      },
    };
  }

  /** The envelope of a notification (platform sheet, 1.3). */
  envelope(notification: Notification, attempt = 1): Record<string, unknown> {
    return {
      type: 'notification_event',
      app_id: this.#settings.appId,
      id: notification.id,
      topic: notification.topic,
      created_at: notification.createdAt,
      first_sent_at: notification.createdAt,
      delivery_attempts: attempt,
      delivery_status: 'pending',
      delivered_at: 0,
      self: null,
      links: {},
      data: { type: 'notification_event_data', item: notification.item },
    };
  }

  /** Ends retries and connections; deliveries under way are cut. */
  async dispose(): Promise<void> {
    for (const timer of this.#retries.keys()) clearTimeout(timer);
    this.#retries.clear();
    await this.#agent.destroy();
    await this.idle();
  }

  #send(notification: Notification): void {
    if (this.#url === undefined || this.#isSuspended) return;
    this.#remember(notification);
    if (this.#held === undefined) void this.#deliver(notification, 1);
    else this.#held.push(notification);
  }

  #remember(notification: Notification): void {
    if (notification.id === null) return;
    this.#recent.set(notification.id, notification);
    const oldest = this.#recent.keys().next();
    if (this.#recent.size > notificationsKeptMax && oldest.done !== true) this.#recent.delete(oldest.value);
  }

  #find(notificationId: string): Notification {
    const notification = this.#recent.get(notificationId);
    if (notification === undefined) throw new Error(`No notification ${notificationId} was sent lately.`);
    return notification;
  }

  async #deliverInOrder(notifications: readonly Notification[], copies: number): Promise<void> {
    for (const notification of notifications) {
      for (let copy = 0; copy < copies; copy += 1) await this.#deliver(notification, 1);
    }
  }

  #deliver(notification: Notification, attempt: number): Promise<void> {
    return this.#track(this.#attempt(notification, attempt));
  }

  #track(work: Promise<void>): Promise<void> {
    const tracked = work.finally(() => void this.#inFlight.delete(tracked));
    this.#inFlight.add(tracked);
    return tracked;
  }

  async #attempt(notification: Notification, attempt: number): Promise<void> {
    const startedAt = performance.now();
    const outcome = await this.#post(this.signedRequest(this.envelope(notification, attempt)));
    const ms = performance.now() - startedAt;
    this.#log.push({ id: notification.id, topic: notification.topic, ms, attempt, ...outcome });
    if (this.#log.length >= 2 * logEntriesMax) this.#log.splice(0, logEntriesMax);

    if (outcome.status === 410) this.#isSuspended = true;
    const isDelivered = outcome.status >= 200 && outcome.status < 300;
    if (!isDelivered && outcome.status !== 410 && attempt === 1 && !this.#agent.destroyed)
      this.#retryLater(notification);
  }

  #retryLater(notification: Notification): void {
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      void this.#deliver(notification, 2);
    }, this.#settings.retryDelayMs);
    timer.unref();
    this.#retries.set(timer, notification);
  }

  async #post({ headers, body }: SignedRequest): Promise<{ status: number; problem?: string }> {
    if (this.#url === undefined) return { status: 0, problem: 'no address' };
    try {
      const { origin, pathname, search } = new URL(this.#url);
      const response = await this.#agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(this.#settings.deadlineMs),
      });
      await response.body.dump();
      return { status: response.statusCode };
    } catch (error) {
      return { status: 0, problem: error instanceof Error ? error.message : String(error) };
    }
  }

  #nowSeconds(): number {
    return Math.floor(this.#settings.now() / 1000);
  }
}
