/**
 * The simulator as a process of its own, for benchmarks and for working on the page:
 * `node simulator/main.ts --port 4000 --seed`. Prints one line of JSON when it listens.
 */
import { once } from 'node:events';
import { OptionError, readOptions, usage } from './options.ts';
import { startSimulator } from './server.ts';

async function run(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') return console.log(usage);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  await using simulator = await startSimulator(options);
  const { url, token, clientSecret, appId, adminId, teammateId } = simulator;
  console.log(JSON.stringify({ url, token, clientSecret, appId, adminId, teammateId }));
  if (!stop.signal.aborted) await once(stop.signal, 'abort');
}

/** A sentence for a person; undefined for a fault of ours, whose stack is wanted. */
function sentenceOf(error: unknown): string | undefined {
  if (error instanceof OptionError) return `${error.message} \`node simulator/main.ts --help\` lists all options.`;
  const isOfListening = error instanceof Error && 'syscall' in error && error.syscall === 'listen';
  return isOfListening
    ? `The simulator can't listen there (${error.message}): choose another --port or --host.`
    : undefined;
}

try {
  await run();
} catch (error) {
  const sentence = sentenceOf(error);
  if (sentence === undefined) throw error;
  console.error(sentence);
  process.exitCode = 1;
}
