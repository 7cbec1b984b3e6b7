import type { Readable } from 'node:stream';

/**
 * Reads a whole body.
 * @throws RangeError when it is longer than `bytesMax`; the stream is destroyed then.
 */
export async function readBytes(body: Readable, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += buffer.length;
    if (bytes > bytesMax) throw new RangeError(`The body is longer than ${bytesMax} bytes.`);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
}

/** The same as UTF-8. @throws RangeError as `readBytes` does */
export const readText = async (body: Readable, bytesMax: number): Promise<string> =>
  (await readBytes(body, bytesMax)).toString('utf8');
