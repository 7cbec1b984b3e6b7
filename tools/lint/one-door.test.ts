import { oneDoor } from './one-door.ts';
import { testRule } from './rule-cases.ts';

const file = 'src/turn/gather.ts';

testRule('one-door', oneDoor, {
  good: [
    { file: 'src/lib/outbound.ts', code: "import { Agent } from 'undici';" },
    { file, code: "import type { Dispatcher } from 'undici';" },
    { file, code: "import { readFile } from 'node:fs/promises';" },
    { file, code: "export async function read(fetch: Fetch) { return await fetch('/'); }" },
    { file, code: 'type Fetch = typeof fetch;' },
    { file, code: 'const page = await knowledge.fetch(url);' },
    { file: 'src/web/server.ts', code: "import { serve } from '@hono/node-server';" },
    { file: 'src/store/sqlite.ts', code: "import { DatabaseSync } from 'node:sqlite';" },
    { file: 'src/turn/gather.test.ts', code: "await fetch('http://127.0.0.1/');" },
    { file: 'simulator/server.ts', code: "import { createServer } from 'node:http';" },
  ],
  bad: [
    { file, code: "import { request } from 'undici';", message: /only in src\/lib\/outbound.ts/ },
    { file, code: "import { type Dispatcher } from 'undici';", message: /`import type` is fine/ },
    { file, code: "import http from 'node:http';", message: /`node:http` is loaded only in/ },
    { file, code: "export { connect } from 'node:tls';", message: /`node:tls`/ },
    { file, code: "const net = await import('net');", message: /`net`/ },
    { file, code: "import { serve } from '@hono/node-server';", message: /only in src\/web\// },
    { file, code: "import pg from 'pg';", message: /only in src\/store\// },
    { file, code: "await fetch('https://example.com');", message: /global `fetch` goes past/ },
    { file, code: 'const client = options.fetch ?? fetch;', message: /global `fetch` goes past/ },
    { file, code: "await globalThis.fetch('https://example.com');", message: /global `fetch` goes past/ },
    { file, code: "new WebSocket('wss://example.com');", message: /global `WebSocket`/ },
  ],
});
