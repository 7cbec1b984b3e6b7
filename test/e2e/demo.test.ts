import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { launchBrowser } from '../support/browser.ts';
import { type RunningCommand, startCommand, startProgram } from '../support/process.ts';

const root = join(import.meta.dirname, '../..');

/** `npm run demo`, with nothing set; on any free port, so that it meets no other one. */
async function startDemo(): Promise<RunningCommand & { readonly url: string }> {
  const demo = startProgram(['npm', 'run', 'demo'], { PORT: '0' }, root);
  const [, url = ''] = await demo.printed(/Open (http:\S+)/);
  return { ...demo, url };
}

/** The product's promise: a note is there this long after the contact has written. */
const noteDeadlineMs = 5000;

/** Presses Tab until the element has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if ((await page.locator(`${selector}:focus`).count()) === 1) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not reach ${selector}.`);
}

describe('npm run demo', () => {
  test('shows a note soon after one writes in the Messenger, by keyboard alone', async () => {
    await using demo = await startDemo();
    await using browser = await launchBrowser();
    const { page, problems } = await browser.openPage(demo.url);
    await page.locator('#inbox-list button').first().waitFor();

    await tabTo(page, '#messenger-new');
    await page.keyboard.press('Enter');
    await tabTo(page, '#messenger-name');
    await page.keyboard.type('Ada Fenwick');
    await tabTo(page, '#messenger-text');
    await page.keyboard.type('My inflatable kayak loses air at the left valve.');
    await page.keyboard.press('Enter');
    await page.locator('#thread-name', { hasText: 'Ada Fenwick' }).waitFor();
    const note = page.locator('#thread-log .note');
    await note.waitFor({ timeout: noteDeadlineMs });

    assert.match(await note.innerText(), /Hi there,[^]*AI draft by Sidenote/);
    assert.equal(await note.count(), 1);
    assert.deepEqual(problems, []);
  });

  test('begins with a note for each of its conversations, and prints one line for each stage', async () => {
    await using demo = await startDemo();
    for (let delivered = 1; delivered <= 4; delivered += 1) {
      await demo.printed(new RegExp(`(?:delivered as part[^]*?){${delivered}}`));
    }

    const lines = demo.output().split('\n');
    const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;

    for (const stage of ['gather', 'retrieve', 'judge', '(?:draft|findings)', 'deliver'])
      assert.equal(count(new RegExp(` ${stage} +\\d+ ms$`)), 4, stage);
    assert.match(demo.output(), /Model: a scripted one, so that nothing is needed/);
    assert.equal(count(/unexpected|refused|failed/), 0);
  });

  test('keeps the articles to draft from beside a sidenote.yaml that names no source, also when that changes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sidenote-demo-test-'));
    await writeFile(join(folder, 'sidenote.yaml'), 'mode: note\ninstructions: Be brief.\n');
    await using demo = startCommand(['demo'], { PORT: '0' }, folder);
    const [, url = ''] = await demo.printed(/Open (http:\S+)/);
    await demo.printed(/delivered as part/);
    assert.doesNotMatch(demo.output(), /was reloaded/);

    await writeFile(join(folder, 'sidenote.yaml'), 'mode: shadow\n');
    await demo.printed(/was reloaded; mode shadow/);
    const answer = await fetch(new URL('/simulator/contact-writes', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ contactName: 'Rae', html: '<p>How long does delivery take?</p>' }),
    });
    const { conversationId } = z.object({ conversationId: z.string() }).parse(await answer.json());

    await demo.printed(new RegExp(`${conversationId} .* judge `));
    await rm(folder, { recursive: true });
  });

  test('ends when it is told to', async () => {
    await using demo = await startDemo();

    demo.kill('SIGINT');
    await demo.exited;

    assert.doesNotMatch(demo.output(), /Error|^\s+at .+:\d+:\d+/m);
  });
});
