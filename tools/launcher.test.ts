import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';

const launcher = path.join(import.meta.dirname, '..', 'bin', 'sidenote.js');

/** Runs the launcher in this Node made to believe that it is `version`. */
function launchAs(version: string): { readonly status: number | null; readonly stderr: string } {
  const disguise = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`;
  const disguiseUrl = `data:text/javascript,${encodeURIComponent(disguise)}`;
  const { status, stderr } = spawnSync(process.execPath, ['--import', disguiseUrl, launcher, '--help'], {
    encoding: 'utf8',
    // Variables of the test runner would make the program think that it is a test.
    env: { PATH: process.env['PATH'] },
  });
  return { status, stderr };
}

describe('the launcher', () => {
  for (const version of ['12.22.0', '20.20.2', '22.18.0', '24.11.9']) {
    it(`says in one sentence what to do on Node.js ${version}`, () => {
      const { status, stderr } = launchAs(version);

      assert.equal(status, 1);
      assert.match(
        stderr,
        new RegExp(`^Sidenote needs Node.js 24.12 or newer and this is ${version}: run .npm ci.*\\.\\n$`),
      );
    });
  }

  for (const version of ['24.12.0', '26.0.0']) {
    it(`starts the program on Node.js ${version}`, () => {
      const { status, stderr } = launchAs(version);

      assert.equal(status, 0, stderr);
    });
  }
});
