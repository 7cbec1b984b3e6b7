import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export type RecordedRequest = {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type Loopback = AsyncDisposable & {
  /** Origin, such as `http://127.0.0.1:4000`. */
  readonly url: URL;
  /** Oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** TCP connections that anybody has opened. */
  readonly connections: () => number;
};

/** A server on a free port of this machine that keeps what it is asked and answers by `answer`. */
export async function startLoopback(
  answer: (response: ServerResponse, request: RecordedRequest) => void,
): Promise<Loopback> {
  const requests: RecordedRequest[] = [];
  let connections = 0;
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body: await text(incoming) };
    requests.push(request);
    answer(response, request);
  };
  const server = createServer((incoming, response) => void handle(incoming, response));
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The loopback server has no port.');
  return {
    url: new URL(`http://127.0.0.1:${address.port}`),
    requests,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

export const answerJson = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};
