/** What a command is given: nothing in it reads the process by itself. */
export type Io = {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** One line to standard output. */
  readonly print: (line: string) => void;
  /** One line to standard error. */
  readonly printError: (line: string) => void;
  /** Puts a text in the place of the one before, on a terminal; undefined where there is none. */
  readonly showProgress?: ((text: string) => void) | undefined;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly stop: AbortSignal;
  /** Ends the process this instant, as a second signal does. Only after `stop`. */
  readonly stopAtOnce: () => void;
};

export type Command = {
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints. */
  readonly usage: string;
  /** Resolves to the exit code. @throws UsageError for arguments that make no sense. */
  readonly run: (args: readonly string[], io: Io) => Promise<number>;
};

/** The arguments make no sense; the message says how they would. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
