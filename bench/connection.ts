import { connect, type Socket } from 'node:net';

/** As long as Intercom waits for the answer to a webhook. */
const answerMsMax = 5000;

/**
 * One kept connection that writes a request and waits for its whole answer. Plain sockets, because an HTTP client takes
 * more time than the servers that are measured here, and would hide their differences.
 */
class Connection {
  readonly #socket: Socket;
  #received = '';
  #answered: PromiseWithResolvers<number> | undefined;

  constructor(url: URL) {
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.setTimeout(answerMsMax, () => this.#socket.destroy());
    this.#socket.on('data', (text: string) => this.#receive(text));
    this.#socket.on('error', (error) => this.#answered?.reject(error));
    this.#socket.on('close', () => this.#answered?.reject(new Error('The server closed the connection.')));
  }

  get isUsable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** Gives the status, once the answer's last byte has come. */
  async send(request: Buffer): Promise<number> {
    this.#answered = Promise.withResolvers<number>();
    this.#socket.write(request);
    return await this.#answered.promise;
  }

  #receive(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const head = this.#received.slice(0, headEnd);
    const body = this.#received.slice(headEnd + 4);
    if (!isWhole(head, body)) return;
    this.#received = '';
    this.#answered?.resolve(Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)));
  }

  close(): void {
    this.#socket.destroy();
  }
}

function isWhole(head: string, body: string): boolean {
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length === undefined ? body.endsWith('0\r\n\r\n') : body.length >= Number(length);
}

/** As many connections as there are requests at the same time; nobody waits for a free one. */
export class Connections implements Disposable {
  readonly #url: URL;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();

  constructor(url: URL) {
    this.#url = url;
  }

  /** Gives the status of the answer, or 0 where there was none. */
  async send(request: Buffer): Promise<number> {
    const connection = this.#take();
    try {
      const status = await connection.send(request);
      this.#idle.push(connection);
      return status;
    } catch {
      this.#all.delete(connection);
      return 0;
    }
  }

  #take(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isUsable) return idle;
      this.#all.delete(idle);
    }
    const fresh = new Connection(this.#url);
    this.#all.add(fresh);
    return fresh;
  }

  [Symbol.dispose](): void {
    for (const connection of this.#all) connection.close();
  }
}

/** The bytes of a JSON POST. */
export function postRequest(url: URL, body: string, headers: Readonly<Record<string, string>> = {}): Buffer {
  const lines = Object.entries({
    host: url.host,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${url.pathname} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}
