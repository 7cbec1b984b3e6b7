import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** How the answer to one call is replaced; undefined lets it pass. `sent` is the request's body, `received` the answer's. */
export type Replace = (
  call: { readonly method: string; readonly path: string; readonly sent: string },
  received: string,
) => { readonly status: number; readonly type: string; readonly body: string } | undefined;

export type EchoingProxy = AsyncDisposable & { readonly url: string; replaceBy(replace: Replace): void };

/** Stands before a server and can put what was said into its errors, as careless servers and gateways do. */
export async function startEchoingProxy(target: string): Promise<EchoingProxy> {
  let replace: Replace = () => undefined;
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const sent = (await buffer(incoming)).toString();
    const { authorization = '', 'content-type': type = 'application/json' } = headers;
    const response = await fetch(new URL(path, target), {
      method,
      headers: { authorization, 'content-type': type },
      ...(sent === '' ? {} : { body: sent }),
    });
    const received = await response.text();
    const passed = { status: response.status, type: response.headers.get('content-type') ?? '', body: received };
    const answer = replace({ method, path, sent }, received) ?? passed;
    outgoing.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
  };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no TCP address.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    replaceBy: (next) => void (replace = next),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
