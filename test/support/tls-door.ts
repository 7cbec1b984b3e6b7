import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';

/** TLS before a server on loopback, with a new certificate that names `localhost` and no address. */
export type TlsDoor = AsyncDisposable & {
  readonly port: number;
  /** For NODE_EXTRA_CA_CERTS. */
  readonly certificatePath: string;
};

/** Of the machine; nothing in Node.js makes certificates. */
const certificateMaker = 'openssl';

/** Undefined where there is no `openssl` to make a certificate with. */
export async function startTlsDoor(target: URL): Promise<TlsDoor | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'sidenote-tls-'));
  const [keyPath, certificatePath] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const wanted = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  try {
    const files = ['-keyout', keyPath, '-out', certificatePath];
    execFileSync(certificateMaker, ['req', ...wanted, ...subject, ...files], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const server = createServer({ key: readFileSync(keyPath), cert: readFileSync(certificatePath) }, (socket) => {
    const inner = connect(Number(target.port), target.hostname);
    socket.pipe(inner).pipe(socket);
    socket.on('error', () => inner.destroy());
    inner.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The TLS server has no TCP address.');
  return {
    port: address.port,
    certificatePath,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
