/**
 * fast-check with the same examples at each run, so that a change fails for what it changes. `PROPERTY_SEED=random
 * npm test` looks among others (a number repeats them): what it finds is mended, and gets a test of its own.
 */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';

const largestSeed = 2 ** 31;

function readSeed(written = '1'): number {
  const seed = written === 'random' ? randomInt(largestSeed) : Number(written);
  if (Number.isInteger(seed) && Math.abs(seed) <= largestSeed) return seed;
  throw new Error(`PROPERTY_SEED is "${written}": write a whole number of at most 31 bits, or "random".`);
}

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: readSeed(process.env['PROPERTY_SEED']) });

export { fc };
