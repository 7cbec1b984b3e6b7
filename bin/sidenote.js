#!/usr/bin/env node
// Plain JavaScript, so that a Node too old for the program can still say so.
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const oldestSupported = [24, 12];
const running = process.versions.node.split('.').map(Number);

if (running[0] < oldestSupported[0] || (running[0] === oldestSupported[0] && running[1] < oldestSupported[1])) {
  console.error(
    'Sidenote needs Node.js ' +
      oldestSupported.join('.') +
      ' or newer and this is ' +
      process.versions.node +
      ': run `npm ci`, which brings Node.js 24, then use `npm start`, `npm run demo` or `npx --no-install node bin/sidenote.js …`.',
  );
  process.exitCode = 1;
} else {
  // Later starts take half the work and 20 MB less. Kept in our own folder, since what stands there is run: others could
  // write to the system's temporary one. Where we can't write either, nothing is kept.
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/sidenote', import.meta.url)));
  void import('../src/main.ts');
}
