import { Agent, type Dispatcher } from 'undici';

/** A request went to an origin that the configuration does not name. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused';
  readonly origin: string;

  constructor(origin: string) {
    super(`Refused to connect to ${origin}: it is not one of the configured hosts. Nothing was sent.`);
    this.origin = origin;
  }
}

export type OutboundSettings = {
  /** Origins such as `https://api.intercom.io`; every other origin is refused. */
  readonly allowedOrigins: ReadonlySet<string>;
  readonly connectionsPerOriginMax: number;
  readonly onRefused: (origin: string) => void;
};

/**
 * The only door to the outside: a dispatcher that connects to exactly the configured origins, does
 * not follow redirects (undici follows none unless told to) and reads no proxy variables. A lint
 * rule keeps every other HTTP client out of `src/`.
 *
 * `keepAliveTimeout` 4 s: uvicorn, under vLLM and SGLang, closes an idle socket after 5 s, and a POST
 * that meets the close is lost; see docs/operating.md.
 */
export function createOutbound(settings: OutboundSettings): Dispatcher {
  const agent = new Agent({
    connections: settings.connectionsPerOriginMax,
    pipelining: 1,
    keepAliveTimeout: 4000,
    keepAliveMaxTimeout: 4000,
    connect: { timeout: 3000 },
    headersTimeout: 0, // every caller brings a signal with its own deadline
    bodyTimeout: 0,
  });
  const onlyAllowed: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
    const origin = new URL(String(options.origin)).origin;
    if (settings.allowedOrigins.has(origin)) return dispatch(options, handler);
    settings.onRefused(origin);
    throw new OutboundRefused(origin);
  };
  return agent.compose(onlyAllowed);
}
