import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { createEventDecoder, StreamTooLarge } from './event-stream.ts';

function decode(pieces: readonly Uint8Array[]): string[] {
  const decoder = createEventDecoder();
  return [...pieces.flatMap((piece) => decoder.feed(piece)), ...decoder.end()];
}

/** The text in pieces, cut at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

describe('the decoder of event streams', () => {
  const table: readonly (readonly [string, string, readonly string[]])[] = [
    ['events in order', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['CRLF line ends', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR line ends', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['no space after the colon', 'data:a\n\n', ['a']],
    ['several data lines as one event', 'data: a\ndata: b\n\n', ['a\nb']],
    ['no comments', ': ping\n\n:\n\ndata: a\n\n', ['a']],
    ['other fields ignored', 'event: x\nid: 1\nretry: 5\nfoo: bar\ndata: a\n\n', ['a']],
    ['a last event without its blank line', 'data: a\n\ndata: b', ['a', 'b']],
    ['nothing from nothing', '', []],
    ['a byte order mark skipped', '\uFEFFdata: a\n\n', ['a']],
  ];
  for (const [name, text, events] of table) {
    test(`gives ${name}`, () => {
      assert.deepEqual(decode([Buffer.from(text)]), events);
    });
  }

  test('gives the same events however the bytes are cut', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `data: ${text.replaceAll(/[\r\n]/g, '')}`),
      fc.constantFrom('', ':', ': ping', 'event: x', 'data', 'data:'),
    );
    const lineEnd = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(fc.array(line), lineEnd, fc.array(fc.nat(500)), (lines, end, places) => {
        const bytes = Buffer.from(lines.join(end));
        assert.deepEqual(decode(cut(bytes, places)), decode([bytes]));
      }),
    );
  });

  test('stops at its limit', () => {
    const decoder = createEventDecoder(10);
    decoder.feed(Buffer.from('data: a\n\n'));
    assert.throws(() => decoder.feed(Buffer.from('xx')), StreamTooLarge);
  });
});
