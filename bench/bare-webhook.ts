/**
 * The floor for answering a webhook: a bare `node:http` server that checks the signature, stores nothing and answers.
 * `node bench/bare-webhook.ts`; prints {"url"} when it listens.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { isSigned, listeningUrl, readBody } from './bare-server.ts';

const clientSecret = process.env['INTERCOM_CLIENT_SECRET'] ?? '';

const server = createServer((request, response) => {
  void readBody(request).then((body) => {
    const status = isSigned(body, request.headers['x-hub-signature'], clientSecret) ? 200 : 401;
    response.writeHead(status).end(status === 200 ? 'ok' : 'no');
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
console.log(JSON.stringify({ url: listeningUrl(server) }));
