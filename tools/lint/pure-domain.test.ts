import { pureDomain } from './pure-domain.ts';
import { testRule } from './rule-cases.ts';

const file = 'src/domain/turn.ts';

testRule('pure-domain', pureDomain, {
  good: [
    { file, code: "import { ok } from '../lib/result.ts'; import type { PartId } from './ids.ts';" },
    { file, code: 'const at = new Date(createdAt * 1000); const least = Math.min(a, b);' },
    { file, code: 'export const fetch = (crypto: string) => crypto;' },
    { file: 'src/domain/turn.test.ts', code: "import fc from 'fast-check'; const now = Date.now();" },
    { file: 'src/turn/gather.ts', code: 'const now = Date.now();' },
  ],
  bad: [
    { file, code: "import { z } from 'zod';", message: /only our own code, not `zod`/ },
    { file, code: "import type { Buffer } from 'node:buffer';", message: /not `node:buffer`/ },
    { file, code: 'const now = Date.now();', message: /no clock/ },
    { file, code: 'const now = new Date();', message: /no clock/ },
    { file, code: 'const now = Date();', message: /no clock/ },
    { file, code: 'const chance = Math.random();', message: /no dice/ },
    { file, code: 'const id = crypto.randomUUID();', message: /`crypto` belongs further out/ },
    { file, code: 'const level = process.env.LOG_LEVEL;', message: /`process`/ },
    { file, code: 'setTimeout(run, 10);', message: /`setTimeout`/ },
  ],
});
