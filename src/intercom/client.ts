import type { Dispatcher } from 'undici';
import type { Conversation, PartKind, PersonRecord } from '../domain/conversation.ts';
import type { ConversationId, TeammateId } from '../domain/ids.ts';
import type { SweepRange } from '../domain/sweep.ts';
import { startDeadline } from '../lib/deadline.ts';
import { readText } from '../lib/read-text.ts';
import type { Availability } from './availability.ts';
import { parseContact, parseNames } from './circumstances.ts';
import { parseTagId, parseTagNames } from './tags.ts';
import { IntercomError } from './errors.ts';
import type { RateLimiter, Urgency } from './rate-limiter.ts';
import {
  type HelpArticle,
  type InternalArticle,
  type Macro,
  type Page,
  parseArticle,
  parseArticlePage,
  parseInternalArticlePage,
  parseMacroPage,
} from './knowledge-schema.ts';
import { refusal } from './refusal.ts';
import { createBodyReader } from './known-bodies.ts';
import { type Me, parseConversation, parseMe, parseTeammateName } from './schema.ts';
import {
  type ConversationPage,
  type DeletedPage,
  parseConversationPage,
  parseDeletedPage,
  searchRequest,
} from './search.ts';

/**
 * The API version of every call; the app's version in the Developer Hub shapes the notifications and
 * should be the same.
 */
const intercomVersion = '2.16';

/** A conversation of 500 long mails stays below this. */
const answerBytesMax = 20 * 1024 * 1024;

export type IntercomSettings = {
  /** Such as `https://api.intercom.io`, without a path. */
  readonly baseUrl: URL;
  /** Asked for each call, so that a new token is used without a restart. */
  readonly token: () => string;
  /** For a whole call: connecting, waiting and reading. */
  readonly timeoutMs: number;
  readonly dispatcher: Dispatcher;
  /** The one of all clients of this app. */
  readonly limiter: RateLimiter;
  /** Likewise; undefined: each call is made, whatever became of those before. */
  readonly availability?: Availability;
  readonly urgency: Urgency;
};

/** The calls we make, each once: nothing here repeats a request. Every method throws IntercomError only. */
export interface IntercomClient {
  /** `GET /me`: whose token it is, and the workspace. */
  me(signal: AbortSignal): Promise<Me>;
  /** `GET /admins/{id}`: a teammate's name; kind `gone` when the workspace has no such teammate. */
  teammateName(id: TeammateId, signal: AbortSignal): Promise<string>;
  /** `GET /conversations?per_page=1`: throws kind `misconfigured` when the app lacks the scope to read. */
  checkReading(signal: AbortSignal): Promise<void>;
  /** `GET /conversations/{id}`: with its 500 newest parts at most, bodies as HTML. */
  conversation(id: ConversationId, signal: AbortSignal): Promise<Conversation>;
  /** `GET /contacts/{id}`: kind `gone` when the contact was deleted or merged into another one. */
  contact(id: string, signal: AbortSignal): Promise<PersonRecord>;
  /** `GET /teams`: names by ids. */
  teamNames(signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** `GET /admins`: names by ids. */
  teammateNames(signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** `GET /tags`: the names of all tags. */
  tagNames(signal: AbortSignal): Promise<readonly string[]>;
  /** `POST /tags`: finds the tag of that name in any case, or makes it. Gives its id. */
  tagId(name: string, signal: AbortSignal): Promise<string>;
  /** `POST /conversations/{id}/tags`: sets a tag as the teammate `authorId`; one that stands stays. */
  setTag(id: ConversationId, tagId: string, authorId: TeammateId, signal: AbortSignal): Promise<void>;
  /** `PUT /conversations/{id}`: sets fields of the workspace's own, by name; each must exist there. */
  setAttributes(id: ConversationId, attributes: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void>;
  /** `POST /conversations/{id}/parts`: assigns to a team, as the teammate `authorId`, without a word to the contact. */
  assignTeam(id: ConversationId, teamId: string, authorId: TeammateId, signal: AbortSignal): Promise<void>;
  /**
   * `POST /conversations/search`: open conversations that changed within the range, 150 at a time, in no particular
   * order. `after` is the page before this one's word for where to go on.
   */
  searchOpenConversations(
    updated: SweepRange,
    after: string | undefined,
    signal: AbortSignal,
  ): Promise<ConversationPage>;
  /** `GET /conversations/deleted`: ids of deleted conversations, 60 at a time; `page` counts from 1. */
  deletedConversations(page: number, signal: AbortSignal): Promise<DeletedPage>;
  /**
   * `POST /conversations/{id}/reply`: posts a note or a comment as the teammate `authorId`; `html` is the
   * safe subset. Gives the conversation as Intercom answers, with the new part. On kind `away` the part may
   * exist: look before posting again.
   */
  postPart(id: ConversationId, post: OutgoingPart, signal: AbortSignal): Promise<Conversation>;
  /** `GET /articles`: all of them, published or not, newest change first; `page` counts from 1. */
  articles(page: number, signal: AbortSignal): Promise<Page<HelpArticle, number>>;
  /** `GET /articles/{id}`; kind `gone` when it was deleted. */
  article(id: string, signal: AbortSignal): Promise<HelpArticle>;
  /** `GET /internal_articles`: what only teammates may read; `page` counts from 1. */
  internalArticles(page: number, signal: AbortSignal): Promise<Page<InternalArticle, number>>;
  /** `GET /macros`: saved replies; `after` is the `next` of the page before. */
  macros(after: string | undefined, signal: AbortSignal): Promise<Page<Macro, string>>;
}

export type OutgoingPart = { readonly kind: PartKind; readonly authorId: TeammateId; readonly html: string };

type Call = { readonly method: 'GET' | 'POST' | 'PUT'; readonly path: string; readonly body?: string };

/** Large enough that thousands of articles are few calls, small enough for an answer of some MB. */
const articlesPerPage = 50;
/** The most that Intercom gives. */
const deletedPerPage = 60;
/** The most that Intercom gives. */
const macrosPerPage = 150;

/** Of HTML, for all turns at work: some hundred conversations. */
const knownBodyCharsMax = 1_000_000;

export function createIntercomClient(settings: IntercomSettings): IntercomClient {
  const readBody = createBodyReader(knownBodyCharsMax);
  const readConversation = (json: unknown): Conversation => parseConversation(json, readBody);
  const conversationPath = (id: ConversationId) => `/conversations/${encodeURIComponent(id)}`;
  const { availability } = settings;
  const call = async <Value>(request: Call, parse: (json: unknown) => Value, signal: AbortSignal): Promise<Value> => {
    const once = async (): Promise<Value> => parseAnswer(await send(settings, request, signal), request, parse);
    return availability === undefined ? await once() : await availability.run(once, signal);
  };
  return {
    me: async (signal) => await call({ method: 'GET', path: '/me' }, parseMe, signal),
    teammateName: async (id, signal) =>
      await call({ method: 'GET', path: `/admins/${encodeURIComponent(id)}` }, parseTeammateName, signal),
    checkReading: async (signal) =>
      await call({ method: 'GET', path: '/conversations?per_page=1' }, () => undefined, signal),
    conversation: async (id, signal) =>
      await call({ method: 'GET', path: conversationPath(id) }, readConversation, signal),
    contact: async (id, signal) =>
      await call({ method: 'GET', path: `/contacts/${encodeURIComponent(id)}` }, parseContact, signal),
    teamNames: async (signal) =>
      await call({ method: 'GET', path: '/teams' }, (json) => parseNames(json, 'teams'), signal),
    teammateNames: async (signal) =>
      await call({ method: 'GET', path: '/admins' }, (json) => parseNames(json, 'admins'), signal),
    tagNames: async (signal) => await call({ method: 'GET', path: '/tags' }, parseTagNames, signal),
    tagId: async (name, signal) =>
      await call({ method: 'POST', path: '/tags', body: JSON.stringify({ name }) }, parseTagId, signal),
    setTag: async (id, tagId, authorId, signal) => {
      const body = JSON.stringify({ id: tagId, admin_id: authorId });
      await call({ method: 'POST', path: `${conversationPath(id)}/tags`, body }, () => undefined, signal);
    },
    setAttributes: async (id, attributes, signal) => {
      const body = JSON.stringify({ custom_attributes: attributes });
      await call({ method: 'PUT', path: conversationPath(id), body }, () => undefined, signal);
    },
    assignTeam: async (id, teamId, authorId, signal) => {
      const who = { message_type: 'assignment', type: 'team', admin_id: authorId, assignee_id: teamId };
      const path = `${conversationPath(id)}/parts`;
      await call({ method: 'POST', path, body: JSON.stringify(who) }, () => undefined, signal);
    },
    searchOpenConversations: async (updated, after, signal) => {
      const body = JSON.stringify(searchRequest(updated, after));
      return await call({ method: 'POST', path: '/conversations/search', body }, parseConversationPage, signal);
    },
    deletedConversations: async (page, signal) =>
      await call({ method: 'GET', path: deletedPath(page) }, parseDeletedPage, signal),
    postPart: async (id, { kind, authorId, html }, signal) => {
      const body = JSON.stringify({ message_type: kind, type: 'admin', admin_id: authorId, body: html });
      return await call({ method: 'POST', path: `${conversationPath(id)}/reply`, body }, readConversation, signal);
    },
    articles: async (page, signal) =>
      await call(
        { method: 'GET', path: `/articles?page=${page}&per_page=${articlesPerPage}` },
        parseArticlePage,
        signal,
      ),
    article: async (id, signal) =>
      await call({ method: 'GET', path: `/articles/${encodeURIComponent(id)}` }, parseArticle, signal),
    internalArticles: async (page, signal) =>
      await call(
        { method: 'GET', path: `/internal_articles?page=${page}&per_page=${articlesPerPage}` },
        parseInternalArticlePage,
        signal,
      ),
    macros: async (after, signal) => await call({ method: 'GET', path: macrosPath(after) }, parseMacroPage, signal),
  };
}

const deletedPath = (page: number): string =>
  `/conversations/deleted?page=${page}&per_page=${deletedPerPage}&order=desc`;

function macrosPath(after: string | undefined): string {
  const from = after === undefined ? '' : `&starting_after=${encodeURIComponent(after)}`;
  return `/macros?per_page=${macrosPerPage}${from}`;
}

function headers(settings: IntercomSettings, call: Call): Record<string, string> {
  return {
    authorization: `Bearer ${settings.token()}`,
    accept: 'application/json',
    'intercom-version': intercomVersion,
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
  };
}

type Answer = {
  readonly statusCode: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
};

/** One request, its answer's text, and nothing else: a status that is not 2xx throws. */
async function send(settings: IntercomSettings, call: Call, signal: AbortSignal): Promise<string> {
  const { limiter, urgency } = settings;
  let answer: Answer;
  try {
    answer = await limiter.run(urgency, async () => await requestOnce(settings, call, signal), signal);
  } catch (cause) {
    if (cause instanceof IntercomError) throw cause;
    throw new IntercomError('away', 'The call was given up because the turn ended.', { cause });
  }
  if (answer.statusCode >= 200 && answer.statusCode < 300) return answer.text;
  throw refusal(`${call.method} ${call.path}`, answer.statusCode, answer.headers, answer.text);
}

/** The deadline begins here, when the rate limit has let the call go. @throws IntercomError of kind `away` */
async function requestOnce(settings: IntercomSettings, call: Call, signal: AbortSignal): Promise<Answer> {
  using deadline = startDeadline(settings.timeoutMs, signal);
  try {
    const {
      statusCode,
      headers: answered,
      body,
    } = await settings.dispatcher.request({
      origin: settings.baseUrl.origin,
      path: call.path,
      method: call.method,
      headers: headers(settings, call),
      body: call.body ?? null,
      signal: deadline.signal,
    });
    return { statusCode, headers: answered, text: await readText(body, answerBytesMax) };
  } catch (cause) {
    if (signal.aborted) throw new IntercomError('away', 'The call was given up because the turn ended.', { cause });
    throw new IntercomError('away', unreachable(settings, call, deadline.hasPassed, cause), { cause });
  }
}

function unreachable(settings: IntercomSettings, call: Call, isTimeout: boolean, cause: unknown): string {
  const what = `Intercom did not answer ${call.method} ${call.path}`;
  const remedy = 'If that lasts, check INTERCOM_API_URL, and whether this machine reaches it.';
  if (isTimeout) return `${what} within ${settings.timeoutMs} ms. ${remedy}`;
  const why = cause instanceof Error ? cause.message : String(cause);
  return `${what} (${settings.baseUrl.host}: ${why}). ${remedy}`;
}

function parseAnswer<Value>(text: string, call: Call, parse: (json: unknown) => Value): Value {
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    const what = `Intercom's answer to ${call.method} ${call.path} could not be read`;
    throw new IntercomError('away', `${what}: it is not the JSON that the API describes.`, { cause });
  }
}
