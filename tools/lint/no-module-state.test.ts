import { noModuleState } from './no-module-state.ts';
import { testRule } from './rule-cases.ts';

const file = 'src/queue/worker.ts';

testRule('no-module-state', noModuleState, {
  good: [
    { file, code: 'const attemptsMax = 5;' },
    { file, code: "const known = new Set(['a', 'b']); export const names = ['a'];" },
    { file, code: 'export function count() { let total = 0; const seen = new Map(); return { total, seen }; }' },
    { file, code: 'declare let brand: unique symbol;' },
    { file: 'src/queue/worker.test.ts', code: 'let calls = 0;' },
    { file: 'simulator/public/app.js', code: 'let shown = 0;' },
  ],
  bad: [
    { file, code: 'let running = 0;', message: /No module-level `let`/ },
    { file, code: 'export let running = 0;', message: /No module-level `let`/ },
    { file, code: 'var running = 0;', message: /No module-level `let`/ },
    { file, code: 'const cache = new Map<string, number>();', message: /empty container/ },
    { file, code: 'export const listeners: (() => void)[] = [];', message: /empty container/ },
    { file, code: 'const memo: Record<string, string> = {};', message: /empty container/ },
    { file: 'simulator/server.ts', code: 'let nextId = 1;', message: /No module-level `let`/ },
  ],
});
