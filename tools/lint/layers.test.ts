import { layers } from './layers.ts';
import { testRule } from './rule-cases.ts';

testRule('layers', layers, {
  good: [
    { file: 'src/lib/a.ts', code: "import { b } from './b.ts';" },
    { file: 'src/domain/turn.ts', code: "import { ok } from '../lib/result.ts';" },
    { file: 'src/turn/gather.ts', code: "import type { Client } from '../intercom/client.ts';" },
    { file: 'src/turn/gather.ts', code: "import { events } from '../events.ts';" },
    { file: 'src/config.ts', code: "import { parseBaseUrl } from './llm/base-url.ts';" },
    { file: 'src/store/turns.ts', code: "import { z } from 'zod'; import { DatabaseSync } from 'node:sqlite';" },
    { file: 'src/cli/demo.ts', code: "import { startSimulator } from '../../simulator/server.ts';" },
    { file: 'src/cli/serve.ts', code: "import { createApp } from '../app/create-app.ts';" },
    { file: 'src/main.ts', code: "const { serve } = await import('./cli/serve.ts');" },
    { file: 'src/turn/gather.test.ts', code: "import { testApp } from '../../test/support/app.ts';" },
    { file: 'simulator/server.ts', code: "import { cast } from './people.ts';" },
    { file: 'test/e2e/note.test.ts', code: "import { createApp } from '../../src/app/create-app.ts';" },
  ],
  bad: [
    {
      file: 'src/lib/a.ts',
      code: "import { b } from '../domain/b.ts';",
      message: /src\/lib may not import src\/domain/,
    },
    { file: 'src/domain/a.ts', code: "import { b } from '../store/b.ts';", message: /It may import: lib\./ },
    {
      file: 'src/llm/a.ts',
      code: "import { b } from '../intercom/b.ts';",
      message: /src\/llm may not import src\/intercom/,
    },
    {
      file: 'src/store/a.ts',
      code: "export { b } from '../queue/b.ts';",
      message: /src\/store may not import src\/queue/,
    },
    { file: 'src/turn/a.ts', code: "export * from '../inbox/b.ts';", message: /src\/turn may not import src\/inbox/ },
    {
      file: 'src/web/a.ts',
      code: "const b = await import('../cli/b.ts');",
      message: /src\/web may not import src\/cli/,
    },
    {
      file: 'src/queue/a.ts',
      code: "type B = import('../turn/b.ts').B;",
      message: /src\/queue may not import src\/turn/,
    },
    {
      file: 'src/intercom/a.ts',
      code: "import type { B } from '../web/b.ts';",
      message: /src\/intercom may not import/,
    },
    {
      file: 'src/events.ts',
      code: "import { b } from './turn/b.ts';",
      message: /src\/events.ts may not import src\/turn/,
    },
    {
      file: 'src/app/create-app.ts',
      code: "import { serve } from '../cli/serve.ts';",
      message: /src\/app may not import src\/cli/,
    },
    {
      file: 'src/app/create-app.ts',
      code: "import { main } from '../main.ts';",
      message: /src\/app may not import src\/main.ts/,
    },
    { file: 'src/turn/a.ts', code: "import { b } from '../misc/b.ts';", message: /src\/turn may not import src\/misc/ },
    {
      file: 'src/misc/a.ts',
      code: "import { b } from '../lib/b.ts';",
      message: /src\/misc has no place in the layers/,
    },
    {
      file: 'src/cli/serve.ts',
      code: "import { s } from '../../simulator/server.ts';",
      message: /nothing from outside src/,
    },
    {
      file: 'src/cli/demo.ts',
      code: "import { s } from '../../simulator/people.ts';",
      message: /nothing from outside src/,
    },
    {
      file: 'src/turn/a.ts',
      code: "import { t } from '../../test/support/app.ts';",
      message: /nothing from outside src/,
    },
    {
      file: 'simulator/a.ts',
      code: "import { b } from '../src/lib/b.ts';",
      message: /The simulator imports nothing from src/,
    },
    {
      file: 'simulator/a.test.ts',
      code: "import { b } from '../src/lib/b.ts';",
      message: /The simulator imports nothing/,
    },
  ],
});
