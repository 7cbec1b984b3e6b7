#!/usr/bin/env node
// Plain JavaScript, so that a Node too old for the program can still say so.
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
  void import('../src/main.ts');
}
