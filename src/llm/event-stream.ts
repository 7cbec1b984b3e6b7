import { createParser } from 'eventsource-parser';

/** More bytes than any draft needs: a stream that passes this is broken or hostile. */
const streamBytesMax = 16 * 1024 * 1024;

/** The stream is larger than it may be. */
export class StreamTooLarge extends Error {
  override readonly name = 'StreamTooLarge';
}

/**
 * Turns the bytes of a `text/event-stream` into the data of its events, piece by piece and without
 * I/O. Comments (llama.cpp sends one every 30 s as a ping) give nothing, so that a caller can tell
 * a server that works from one that only keeps the connection open.
 */
export type EventDecoder = {
  /** @throws StreamTooLarge */
  feed(bytes: Uint8Array): readonly string[];
  /** What was left when the body ended: an event whose closing blank line never came. */
  end(): readonly string[];
};

export function createEventDecoder(bytesMax = streamBytesMax): EventDecoder {
  const text = new TextDecoder();
  let events: string[] = [];
  let bytesRead = 0;
  const parser = createParser({ onEvent: (event) => events.push(event.data) });

  function take(): readonly string[] {
    const taken = events;
    events = [];
    return taken;
  }

  return {
    feed(bytes) {
      bytesRead += bytes.byteLength;
      if (bytesRead > bytesMax) throw new StreamTooLarge(`more than ${bytesMax} bytes`);
      parser.feed(text.decode(bytes, { stream: true }));
      return take();
    },
    end() {
      parser.feed(`${text.decode()}\n\n`);
      return take();
    },
  };
}

/** The lines of `application/x-ndjson` as events, in the same way. */
export function createLineDecoder(bytesMax = streamBytesMax): EventDecoder {
  const text = new TextDecoder();
  let pending = '';
  let bytesRead = 0;

  function takeLines(): readonly string[] {
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    return lines.filter((line) => line.trim() !== '');
  }

  return {
    feed(bytes) {
      bytesRead += bytes.byteLength;
      if (bytesRead > bytesMax) throw new StreamTooLarge(`more than ${bytesMax} bytes`);
      pending += text.decode(bytes, { stream: true });
      return takeLines();
    },
    end() {
      pending += `${text.decode()}\n`;
      return takeLines();
    },
  };
}
