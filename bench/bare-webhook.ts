/**
 * The floor for answering a webhook: a bare `node:http` server that checks the signature, stores nothing and answers.
 * `node bench/bare-webhook.ts`; prints {"url"} when it listens.
 */
import { listenForWebhooks } from './bare-server.ts';

await listenForWebhooks((_body, accept) => accept());
