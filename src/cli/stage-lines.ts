import type { Turn } from '../domain/turn.ts';
import type { Events } from '../events.ts';

/** How a turn stands, in a few words for a person who watches. */
export function turnLine(turn: Turn): string {
  switch (turn.state) {
    case 'waiting':
      return turn.lastError === undefined
        ? 'waits for a quiet moment'
        : `waits for the next attempt: ${turn.lastError}`;
    case 'working':
      return `attempt ${turn.attempt}`;
    case 'delivered':
      return `delivered as part ${turn.partId}, ${((turn.endedAt - turn.openedAt) / 1000).toFixed(1)} s after it opened`;
    default:
      return `${turn.state}: ${turn.reason}`;
  }
}

export type StageLine = { readonly conversationId: string | undefined; readonly text: string };

/** Events as lines for the terminal: one for each stage. */
export function createLineEvents(print: (line: StageLine) => void): Events {
  const say = (turn: Turn, text: string) =>
    print({ conversationId: turn.conversationId, text: `${turn.conversationId}  ${turn.id}  ${text}` });
  const ended = (turn: Turn) => say(turn, turnLine(turn));
  const trouble = (text: string) => print({ conversationId: undefined, text });
  return {
    webhookAnswered: ({ status, result, topic, ms }) =>
      print({
        conversationId: undefined,
        text: `webhook  ${status} ${result}${topic === undefined ? '' : ` ${topic}`} in ${ms.toFixed(1)} ms`,
      }),
    turnOpened: (turn) => say(turn, 'opened; waits for a quiet moment'),
    turnClaimed: (turn) => say(turn, turnLine(turn)),
    stageEnded: (turn, stage, ms) => say(turn, `${stage.padEnd(8)} ${ms.toFixed(0)} ms`),
    attemptEnded: ended,
    turnEnded: ended,
    attemptDiscarded: (turn) => say(turn, 'the attempt was given up'),
    neighbourChanged: (neighbour, health) => {
      if (health.state === 'failing') trouble(`${neighbour} fails: ${health.reason}`);
    },
    outboundRefused: (origin) => trouble(`refused to connect to ${origin}: it is not configured`),
    databaseAway: (error) => trouble(error.message),
    unexpected: (error) =>
      trouble(`unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  };
}
