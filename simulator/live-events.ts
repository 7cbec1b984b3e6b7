/** Server-sent events for any number of open pages. */
export type LiveEvents = {
  /** A response that stays open and carries what is sent from now on. */
  open(): Response;
  send(data: unknown): void;
  /** Ends all streams. */
  end(): void;
};

/** A page that reads nothing for so many events is cut off; it connects again by itself. */
const backlogMax = 1_000;

export function createLiveEvents(): LiveEvents {
  const encoder = new TextEncoder();
  const streams = new Set<ReadableStreamDefaultController<Uint8Array>>();

  const drop = (stream: ReadableStreamDefaultController<Uint8Array>) => {
    streams.delete(stream);
    stream.close();
  };

  return {
    open() {
      let own: ReadableStreamDefaultController<Uint8Array> | undefined;
      const body = new ReadableStream<Uint8Array>(
        {
          start(stream) {
            own = stream;
            streams.add(stream);
            stream.enqueue(encoder.encode('retry: 500\n\n'));
          },
          cancel() {
            if (own !== undefined) streams.delete(own);
          },
        },
        { highWaterMark: backlogMax },
      );
      return new Response(body, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' } });
    },
    send(data) {
      if (streams.size === 0) return;
      const bytes = encoder.encode(`data: ${JSON.stringify(data)}\n\n`);
      for (const stream of streams) {
        if ((stream.desiredSize ?? 0) > 0) stream.enqueue(bytes);
        else drop(stream);
      }
    },
    end() {
      for (const stream of streams) drop(stream);
    },
  };
}
