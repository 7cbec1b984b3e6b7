/**
 * All benchmarks, or those that are named: `npm run bench -- ingest start`. Every figure stands beside a floor that was
 * measured in the same run; bench/README.md says how to read them.
 */
import { availableParallelism, cpus } from 'node:os';
import { commitTimes } from './disk.ts';
import { benchAbort } from './abort.ts';
import { benchEngine, benchGrowth, benchMemory } from './engine.ts';
import { benchIngest } from './ingest.ts';
import { benchOverhead } from './overhead.ts';
import { benchPrefix } from './prefix.ts';
import { benchSearch } from './search.ts';
import { benchStart } from './start.ts';
import { type Figure, percentile, renderTable } from './stats.ts';

const benchmarks: ReadonlyMap<string, () => Promise<readonly Figure[]>> = new Map([
  ['start', benchStart],
  ['ingest', benchIngest],
  ['overhead', benchOverhead],
  ['engine', benchEngine],
  ['growth', benchGrowth],
  ['memory', benchMemory],
  ['prefix', benchPrefix],
  ['abort', benchAbort],
  ['search', async () => await Promise.resolve(benchSearch())],
]);

const named = process.argv.slice(2);
const unknown = named.filter((name) => !benchmarks.has(name));

if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. They are: ${[...benchmarks.keys()].join(', ')}.`);
  process.exitCode = 2;
} else {
  console.log(`Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown processor'}`);
  printDisk();
  for (const [name, bench] of benchmarks) {
    if (named.length > 0 && !named.includes(name)) continue;
    const startedAt = performance.now();
    const table = renderTable(await bench());
    console.log(`\n${name} (${((performance.now() - startedAt) / 1000).toFixed(0)} s)\n\n${table}\n`);
  }
  printDisk();
}

/** Before and after: where the two differ much, someone else used the disk meanwhile and the figures say little. */
function printDisk(): void {
  const times = commitTimes();
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
  console.log(`A commit that is flushed to this disk takes ${p50.toFixed(2)} ms (p50), ${p99.toFixed(2)} ms (p99).`);
}
