import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

const root = path.join(import.meta.dirname, '..', '..');
const oxlint = path.join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');

/** One violation for each promise that the configuration makes, in files where the promise holds. */
const planted: readonly { readonly rule: string; readonly file: string; readonly code: string }[] = [
  { rule: 'sidenote(layers)', file: 'src/llm/a.ts', code: "import '../intercom/b.ts';" },
  { rule: 'sidenote(wire-words)', file: 'src/turn/wire.ts', code: 'export const part_type = 1;' },
  { rule: 'sidenote(one-door)', file: 'src/turn/door.ts', code: "export const page = await fetch('https://x.test');" },
  {
    rule: 'sidenote(one-poster)',
    file: 'src/cli/poster.ts',
    code: 'export const f = (a: { postPart: 1 }) => a.postPart;',
  },
  { rule: 'sidenote(no-module-state)', file: 'src/queue/state.ts', code: 'export let running = 0;' },
  { rule: 'sidenote(constant-log-message)', file: 'src/web/log.ts', code: 'log.info(`a ${b}`);' },
  { rule: 'sidenote(pure-domain)', file: 'src/domain/clock.ts', code: 'export const now = () => Date.now();' },
  { rule: 'typescript(no-floating-promises)', file: 'src/turn/floating.ts', code: 'Promise.resolve(1);' },
  {
    rule: 'typescript(switch-exhaustiveness-check)',
    file: 'src/turn/switch.ts',
    code: "export function f(a: 'x' | 'y'): void { switch (a) { case 'x': throw new Error(a); } }",
  },
  { rule: 'typescript(no-explicit-any)', file: 'src/lib/any.ts', code: 'export type A = any;' },
  { rule: 'typescript(no-non-null-assertion)', file: 'src/lib/bang.ts', code: 'export const f = (a?: string) => a!;' },
  {
    rule: 'typescript(consistent-type-assertions)',
    file: 'src/lib/cast.ts',
    code: 'export const f = (a: unknown) => a as 1;',
  },
  { rule: 'import(no-cycle)', file: 'src/lib/cycle.ts', code: "export { f } from './ring.ts';" },
  { rule: 'eslint(no-console)', file: 'src/lib/print.ts', code: "console.log('x');" },
  { rule: 'eslint(max-lines)', file: 'src/lib/long.ts', code: 'export {};\n'.repeat(401) },
  {
    rule: 'eslint(max-lines-per-function)',
    file: 'src/lib/tall.ts',
    code: `export function f(): number {\n  let a = 0;\n${'  a += 1;\n'.repeat(70)}  return a;\n}`,
  },
];

const good: readonly { readonly file: string; readonly code: string }[] = [
  {
    file: 'src/lib/ring.ts',
    code: "import { g } from './cycle.ts';\nexport const f = (): unknown => g;\nexport const g = 1;",
  },
  { file: 'src/lib/result.ts', code: 'export const isOk = (a: { ok: boolean }): boolean => a.ok;' },
  { file: 'src/cli/print.ts', code: "console.log('x');" },
  { file: 'src/lib/a.test.ts', code: "import { it } from 'node:test';\nit('is safe to leave alone', () => {});" },
];

describe('the linter as configured', () => {
  let folder = '';
  let reported: ReadonlySet<string> = new Set();

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'sidenote-lint-'));
    for (const { file, code } of [...planted, ...good]) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), `${code}\n`);
    }
    writeFileSync(path.join(folder, '.gitignore'), 'node_modules\n');
    for (const name of ['.oxlintrc.json', 'tsconfig.json']) {
      writeFileSync(path.join(folder, name), readFileSync(path.join(root, name)));
    }
    for (const name of ['node_modules', 'tools']) symlinkSync(path.join(root, name), path.join(folder, name));

    const { stdout, stderr } = spawnSync(process.execPath, [oxlint, '--format=unix', 'src'], {
      cwd: folder,
      encoding: 'utf8',
    });
    reported = new Set(stdout.split('\n'));
    assert.ok(reported.size > 1, `oxlint printed no report: ${stdout}${stderr}`);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const { rule, file } of planted) {
    it(`${rule} catches its planted violation`, () => {
      const lines = [...reported].filter((line) => line.includes(file) && line.includes(rule));

      assert.notDeepEqual(lines, [], [...reported].join('\n'));
    });
  }

  for (const { file } of good.slice(1)) {
    it(`says nothing about the good ${file}`, () => {
      const lines = [...reported].filter((line) => line.includes(file));

      assert.deepEqual(lines, []);
    });
  }
});
