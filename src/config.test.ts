import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { ConfigError, parseConfig } from './config.ts';

const all = { intercom: true, model: true };
const enough = {
  INTERCOM_TOKEN: 'token-1',
  INTERCOM_CLIENT_SECRET: 'secret-1',
  LLM_BASE_URL: 'http://gpu:8000/v1',
};

const configOf = (changes: Readonly<Record<string, string>> = {}) => parseConfig({ ...enough, ...changes }, all).config;
const secretsOf = (changes: Readonly<Record<string, string>> = {}) =>
  parseConfig({ ...enough, ...changes }, all).secrets;

/** Every problem that these settings have. */
function problemsOf(environment: Readonly<Record<string, string>>, needs = all): readonly string[] {
  try {
    parseConfig(environment, needs);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.message, error.problems.join('\n'));
    return error.problems;
  }
  return [];
}

const folder = mkdtempSync(join(tmpdir(), 'sidenote-config-'));
after(() => rmSync(folder, { recursive: true }));

const fileWith = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('settings that are not given', () => {
  test('have their defaults', () => {
    assert.deepEqual(configOf(), {
      host: '127.0.0.1',
      port: 3000,
      publicUrl: undefined,
      logLevel: 'info',
      dataDir: resolve('data'),
      database: { kind: 'sqlite', path: resolve('data/sidenote.sqlite') },
      policyPath: resolve('sidenote.yaml'),
      intercom: { apiUrl: new URL('https://api.intercom.io'), assistantId: undefined, timeoutMs: 15_000 },
      model: {
        servers: [
          {
            baseUrl: new URL('http://gpu:8000/v1'),
            model: undefined,
            kind: 'auto',
            callsMax: 8,
            roles: new Set(['draft', 'decide']),
            isDraining: false,
            keyFrom: 'LLM_API_KEY',
          },
        ],
        local: undefined,
        timeoutMs: 60_000,
      },
      quietPeriodMs: 1500,
    });
    assert.deepEqual(secretsOf(), {
      intercomToken: 'token-1',
      intercomTokenPath: undefined,
      clientSecrets: ['secret-1'],
      modelKeys: new Map(),
      databaseUrl: undefined,
      controlToken: undefined,
    });
  });

  test('of Intercom’s address a path is refused, since it would be of no effect', () => {
    assert.deepEqual(problemsOf({ ...enough, INTERCOM_API_URL: 'https://proxy.example/intercom' }), [
      'INTERCOM_API_URL is "https://proxy.example/intercom": give the address alone, without a path, as https://proxy.example.',
    ]);
  });

  test('count as not given when they are blank', () => {
    assert.deepEqual(configOf({ PORT: ' ', LLM_MODEL: '', DATABASE_URL: ' ', INTERCOM_API_URL: '' }), configOf());
  });
});

describe('settings that are given', () => {
  test('are taken', () => {
    const config = configOf({
      HOST: '0.0.0.0',
      PORT: '8080',
      PUBLIC_URL: 'https://sidenote.example/base',
      LOG_LEVEL: 'debug',
      DATA_DIR: '/var/lib/sidenote',
      SIDENOTE_CONFIG: '/etc/sidenote.yaml',
      INTERCOM_API_URL: 'https://api.eu.intercom.io',
      INTERCOM_ADMIN_ID: '7100001',
      LLM_BASE_URL: 'http://gpu:11434',
      LLM_MODEL: ' qwen3:8b ',
      LLM_KIND: 'ollama',
      LLM_CONCURRENCY: '2',
      LLM_TIMEOUT_MS: '90000',
      QUIET_PERIOD_MS: '0',
    });
    assert.deepEqual(config, {
      host: '0.0.0.0',
      port: 8080,
      publicUrl: new URL('https://sidenote.example/base'),
      logLevel: 'debug',
      dataDir: '/var/lib/sidenote',
      database: { kind: 'sqlite', path: '/var/lib/sidenote/sidenote.sqlite' },
      policyPath: '/etc/sidenote.yaml',
      intercom: { apiUrl: new URL('https://api.eu.intercom.io'), assistantId: '7100001', timeoutMs: 15_000 },
      model: {
        servers: [
          {
            baseUrl: new URL('http://gpu:11434/v1'),
            model: 'qwen3:8b',
            kind: 'ollama',
            callsMax: 2,
            roles: new Set(['draft', 'decide']),
            isDraining: false,
            keyFrom: 'LLM_API_KEY',
          },
        ],
        local: undefined,
        timeoutMs: 90_000,
      },
      quietPeriodMs: 0,
    });
  });

  test('may name several client secrets, while one is being changed', () => {
    assert.deepEqual(secretsOf({ INTERCOM_CLIENT_SECRET: 'new, old ,,' }).clientSecrets, ['new', 'old']);
  });

  test('DATABASE_URL names a file of SQLite or a PostgreSQL server', () => {
    assert.deepEqual(configOf({ DATABASE_URL: 'sqlite:/tmp/a.sqlite' }).database, {
      kind: 'sqlite',
      path: '/tmp/a.sqlite',
    });
    assert.deepEqual(configOf({ DATABASE_URL: 'sqlite:b.sqlite' }).database, {
      kind: 'sqlite',
      path: resolve('b.sqlite'),
    });
    for (const url of ['postgres://u:p@db:5432/sidenote', 'postgresql://db/sidenote']) {
      assert.deepEqual(configOf({ DATABASE_URL: url }).database, { kind: 'postgres' });
      assert.equal(secretsOf({ DATABASE_URL: url }).databaseUrl, url);
    }
  });
});

describe('settings that are missing or wrong', () => {
  test('are all told at once, one sentence for each, with what to do', () => {
    assert.deepEqual(
      problemsOf({
        PORT: '70000',
        LOG_LEVEL: 'loud',
        PUBLIC_URL: 'sidenote.example',
        INTERCOM_API_URL: 'ftp://api.intercom.io',
        LLM_BASE_URL: 'gpu:8000',
        LLM_KIND: 'openia',
        LLM_CONCURRENCY: '0',
        LLM_TIMEOUT_MS: '1.5s',
        QUIET_PERIOD_MS: '-1',
        DATABASE_URL: 'mysql://db/sidenote',
      }).toSorted(),
      [
        'DATABASE_URL must be sqlite:PATH or postgres://user:password@host:port/database.',
        'INTERCOM_API_URL is "ftp://api.intercom.io": it must be a URL that begins with http:// or https://.',
        'INTERCOM_CLIENT_SECRET is not set: copy it from your app’s Basic information page in the Developer Hub.',
        'INTERCOM_TOKEN is not set: copy the access token from your app’s Authentication page in the Developer Hub.',
        'LLM_BASE_URL: The address of the model server must start with http:// or https://, such as http://gpu:8000/v1.',
        'LLM_CONCURRENCY is "0": it must be a whole number from 1 to 1000.',
        'LLM_KIND is "openia": it must be one of auto, openai, ollama, gguf.',
        'LLM_TIMEOUT_MS is "1.5s": it must be a whole number from 1000 to 3600000.',
        'LOG_LEVEL is "loud": it must be one of trace, debug, info, warn, error, fatal, silent.',
        'PORT is "70000": it must be a whole number from 0 to 65535.',
        'PUBLIC_URL is "sidenote.example": it must be a URL that begins with http:// or https://.',
        'QUIET_PERIOD_MS is "-1": it must be a whole number from 0 to 600000.',
      ],
    );
  });

  test('LLM_KIND=gguf takes the file that LLM_MODEL names, and needs no server', () => {
    const { LLM_BASE_URL: _, ...without } = enough;
    const path = fileWith('tiny.gguf', 'GGUF and more');
    const secret = { LLM_API_KEY: 'hush', PATH: '/usr/bin' };
    const { config } = parseConfig({ ...without, ...secret, LLM_KIND: 'gguf', LLM_MODEL: path, LLM_THREADS: '3' }, all);
    assert.deepEqual(config.model, {
      servers: [],
      local: { path, threads: 3, environment: { PATH: '/usr/bin' } },
      timeoutMs: 600_000,
    });
  });

  test('LLM_KIND=gguf tells a file that is missing or is no GGUF file, and a server beside it', () => {
    const { LLM_BASE_URL: _, ...without } = enough;
    const path = fileWith('picture.png', 'PNG');
    assert.deepEqual(problemsOf({ ...without, LLM_KIND: 'gguf' }), [
      'LLM_MODEL is not set: with LLM_KIND=gguf, give the path of a GGUF file.',
    ]);
    assert.deepEqual(problemsOf({ ...enough, LLM_KIND: 'gguf', LLM_MODEL: path }), [
      `LLM_MODEL names ${path}, which is not a GGUF file: download the weights in the GGUF format, which llama.cpp reads.`,
      'LLM_KIND=gguf runs the model on this machine: take away LLM_BASE_URL, or LLM_KIND.',
    ]);
    assert.match(problemsOf({ ...without, LLM_KIND: 'gguf', LLM_MODEL: '/nowhere/x.gguf' })[0] ?? '', /can't be read/);
  });

  test('LLM_BASE_URL that is missing is told with an example', () => {
    const { LLM_BASE_URL: _, ...without } = enough;
    assert.deepEqual(problemsOf(without), [
      'LLM_BASE_URL is not set: give the address of your model server, such as http://gpu:8000/v1.',
    ]);
  });

  test('do not stop a command that needs neither Intercom nor a model', () => {
    const none = { intercom: false, model: false };
    assert.deepEqual(problemsOf({}, none), []);
    assert.equal(problemsOf({ PORT: 'x' }, none).length, 1);
  });

  for (const url of ['sqlite:', 'postgres:db', 'file.sqlite', 'postgres://u:secret@[db/x']) {
    test(`DATABASE_URL=${url} is refused, and is not repeated: it may hold a password`, () => {
      assert.deepEqual(problemsOf({ ...enough, DATABASE_URL: url }), [
        'DATABASE_URL must be sqlite:PATH or postgres://user:password@host:port/database.',
      ]);
    });
  }

  for (const name of ['AI draft', 'bot@example.com', '71.5']) {
    test(`INTERCOM_ADMIN_ID=${name} is no id`, () => {
      assert.deepEqual(problemsOf({ ...enough, INTERCOM_ADMIN_ID: name }), [
        `INTERCOM_ADMIN_ID is "${name}": it must be the id of a teammate, which is a number such as 9912670.`,
      ]);
    });
  }

  for (const number of ['1e3', '0x10', '3000.5', 'NaN', 'Infinity', '3 000']) {
    test(`PORT=${number} is not a whole number`, () => {
      assert.match(problemsOf({ ...enough, PORT: number })[0] ?? '', /^PORT is/);
    });
  }
});

describe('a secret', () => {
  test('may stand in a file, whose last line ends are no part of it', () => {
    const { secrets } = parseConfig(
      {
        INTERCOM_TOKEN_FILE: fileWith('token', 'token-2\n'),
        INTERCOM_CLIENT_SECRET_FILE: fileWith('client-secret', 'new,old\r\n'),
        LLM_API_KEY_FILE: fileWith('key', 'key-2'),
        DATABASE_URL_FILE: fileWith('database', 'postgres://u:p@db/sidenote\n'),
        LLM_BASE_URL: 'http://gpu:8000/v1',
      },
      all,
    );
    assert.deepEqual(secrets, {
      intercomToken: 'token-2',
      intercomTokenPath: join(folder, 'token'),
      clientSecrets: ['new', 'old'],
      modelKeys: new Map([['LLM_API_KEY', 'key-2']]),
      databaseUrl: 'postgres://u:p@db/sidenote',
      controlToken: undefined,
    });
  });

  test('in a file that can’t be read is told once', () => {
    const { INTERCOM_TOKEN: _, ...without } = enough;
    assert.deepEqual(problemsOf({ ...without, INTERCOM_TOKEN_FILE: '/nowhere/token' }), [
      "INTERCOM_TOKEN_FILE names /nowhere/token, which can't be read: check the path and its permissions.",
    ]);
  });

  test('in an empty file is not set', () => {
    const { INTERCOM_TOKEN: _, ...without } = enough;
    assert.match(
      problemsOf({ ...without, INTERCOM_TOKEN_FILE: fileWith('empty', '\n') })[0] ?? '',
      /INTERCOM_TOKEN is not set/,
    );
  });

  test('given twice is refused, whatever the file says', () => {
    assert.deepEqual(problemsOf({ ...enough, INTERCOM_TOKEN_FILE: fileWith('token', 'token-2') }), [
      'Set either INTERCOM_TOKEN or INTERCOM_TOKEN_FILE, not both.',
    ]);
  });

  test('is never in the config, so that the config may be printed, nor in a problem', () => {
    const secretive = {
      INTERCOM_TOKEN: 'hush-token',
      INTERCOM_CLIENT_SECRET: 'hush-client',
      LLM_API_KEY: 'hush-key',
      DATABASE_URL: 'postgres://u:hush-password@db/sidenote',
      LLM_BASE_URL: 'http://gpu:8000/v1',
    };
    assert.doesNotMatch(inspect(parseConfig(secretive, all).config, { depth: 9 }), /hush/);
    const wrong = { ...secretive, DATABASE_URL: 'mysql://u:hush@db', LLM_BASE_URL: 'http://u:hush@gpu', PORT: 'x' };
    assert.doesNotMatch(problemsOf(wrong).join('\n'), /hush/);
  });

  for (const name of ['INTERCOM_API_URL', 'PUBLIC_URL']) {
    test(`is refused inside ${name}, and not repeated`, () => {
      const problems = problemsOf({ ...enough, [name]: 'https://u:hush@api.example' });
      assert.deepEqual(problems, [`${name} must not hold a name or a password.`]);
    });
  }
});

describe('the model servers, asked for again while Sidenote runs', () => {
  const entry = (keyFrom: string) => ({
    url: 'http://gpu-2:8000',
    kind: 'auto' as const,
    concurrency: 4,
    roles: ['draft' as const],
    keyFrom,
    drain: true,
  });

  test('are those of the new list, with the keys that their files hold now', () => {
    const { rereadModels } = parseConfig({ ...enough, GPU2_KEY_FILE: fileWith('gpu2', 'old-key') }, all);
    fileWith('gpu2', 'new-key\n');
    const { model, modelKeys } = rereadModels([entry('GPU2_KEY')]);
    assert.deepEqual(
      model.servers.map(({ baseUrl, callsMax, isDraining }) => [baseUrl.href, callsMax, isDraining]),
      [['http://gpu-2:8000/v1', 4, true]],
    );
    assert.deepEqual(modelKeys, new Map([['GPU2_KEY', 'new-key']]));
  });

  test('are those of LLM_BASE_URL again when the list is empty', () => {
    const { config, rereadModels } = parseConfig(enough, all, [entry('LLM_API_KEY')]);
    assert.equal(config.model.servers[0]?.baseUrl.host, 'gpu-2:8000');
    assert.equal(rereadModels([]).model.servers[0]?.baseUrl.host, 'gpu:8000');
  });

  test('are refused when the variable that is to hold a key is not set, and a command without a model needs none', () => {
    const problems = [
      'GPU2_KEY is not set, and keyFrom in sidenote.yaml names it: set it or GPU2_KEY_FILE and restart, or correct the name.',
    ];
    assert.throws(() => parseConfig(enough, all).rereadModels([entry('GPU2_KEY')]), { problems });
    assert.throws(() => parseConfig(enough, all, [entry('GPU2_KEY')]), { problems });
    parseConfig(enough, { intercom: false, model: false }, [entry('GPU2_KEY')]);
  });

  test('are refused with every problem, a sentence each', () => {
    const { rereadModels } = parseConfig({ ...enough, GPU2_KEY_FILE: '/nowhere/key' }, all);
    assert.throws(() => rereadModels([{ ...entry('GPU2_KEY'), roles: ['embed'] }]), {
      problems: [
        'No server under "models" in sidenote.yaml has the role draft: give it to one of them.',
        "GPU2_KEY_FILE names /nowhere/key, which can't be read: check the path and its permissions.",
      ],
    });
  });
});
