import type { TurnId } from '../domain/ids.ts';
import type { Turn } from '../domain/turn.ts';
import type { Events } from '../events.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** How a turn stands, in a few words for a person who watches. */
function standing(turn: Turn): string {
  switch (turn.state) {
    case 'waiting':
      return turn.lastError === undefined
        ? 'waits for a quiet moment'
        : `waits for the next attempt: ${turn.lastError}`;
    case 'working':
      return `attempt ${turn.attempt}`;
    case 'delivered':
      return `delivered as part ${turn.partId}, ${seconds(turn.endedAt - turn.openedAt)} after it opened`;
    default:
      return `${turn.state}: ${turn.reason}`;
  }
}

/** The way of each live turn so far, as one line: `gather 14 ms → draft 703 ms → …`. */
class Paths {
  readonly #steps = new Map<TurnId, string[]>();

  /** The line with `step` at its end. */
  add(turn: Turn, step: string): string {
    const steps = [...(this.#steps.get(turn.id) ?? []), step];
    this.#steps.set(turn.id, steps);
    return `Turn ${turn.id}: ${steps.join(' → ')}`;
  }

  /** The whole line of a turn that has ended. */
  end(turn: Turn): string {
    const line = this.add(turn, standing(turn));
    this.#steps.delete(turn.id);
    return line;
  }
}

/** Events as lines for the terminal, one for each stage; `showPath` hears a turn's whole way each time it grows. */
export function createLineEvents(print: (line: string) => void, showPath: (path: string) => void): Events {
  const paths = new Paths();
  const say = (turn: Turn, text: string) => print(`${turn.conversationId}  ${turn.id}  ${text}`);
  const ended = (turn: Turn) => {
    say(turn, standing(turn));
    showPath(turn.state === 'waiting' ? paths.add(turn, standing(turn)) : paths.end(turn));
  };
  return {
    webhookAnswered: ({ status, result, topic, ms }) =>
      print(`webhook  ${status} ${result}${topic === undefined ? '' : ` ${topic}`} in ${ms.toFixed(1)} ms`),
    turnOpened: (turn) => {
      say(turn, 'opened; waits for a quiet moment');
      showPath(paths.add(turn, 'opened'));
    },
    turnClaimed: (turn) => say(turn, standing(turn)),
    stageEnded: (turn, stage, ms) => {
      say(turn, `${stage.padEnd(8)} ${ms.toFixed(0)} ms`);
      showPath(paths.add(turn, `${stage} ${ms.toFixed(0)} ms`));
    },
    attemptEnded: ended,
    turnEnded: ended,
    attemptDiscarded: (turn) => say(turn, 'the attempt was given up'),
    neighbourChanged: (neighbour, health) => {
      if (health.state === 'failing') print(`${neighbour} fails: ${health.reason}`);
    },
    modelNoticed: () => undefined,
    intercomWaited: () => undefined,
    intercomChanged: () => undefined,
    sweepEnded: (found) => found > 0 && print(`the sweep found ${found} messages whose webhook never came`),
    sweepFailed: (reason) => print(`the sweep goes on later: ${reason}`),
    sourceSynced: ({ name, outcome, why, changed, removed }) =>
      print(`source ${name} ${outcome}: ${why ?? `${changed} documents new or changed, ${removed} removed`}`),
    modelServerChanged: () => undefined,
    outboundRefused: (origin) => print(`refused to connect to ${origin}: it is not configured`),
    pauseChanged: (reasons) => print(reasons.length > 0 ? `paused: ${reasons.join('; ')}` : 'resumed'),
    policyReloaded: ({ mode }) => print(`sidenote.yaml was reloaded; mode ${mode}`),
    policyRefused: (problems) => print(`sidenote.yaml is not used: ${problems.join(' ')}`),
    databaseAway: (error) => print(error.message),
    unexpected: (error) =>
      print(`unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  };
}
