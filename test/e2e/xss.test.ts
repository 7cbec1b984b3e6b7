import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { z } from 'zod';
import { createScriptedModel } from '../../src/llm/scripted.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { readDataset } from '../support/datasets.ts';
import { startLoopback } from '../support/loopback.ts';

const payloadsOf = (t: TestContext): readonly string[] | undefined =>
  readDataset(t, 'xss/payloads.jsonl')?.map((line) => z.object({ payload: z.string() }).parse(line).payload);

const asText = (text: string): string => `<p>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</p>`;

/** The newest message, as if a model had nothing better to say. */
const echo = () =>
  createScriptedModel({ script: (messages) => messages.at(-1)?.content.split('\n\n(Task')[0] ?? '', now: () => 0 });

/** Opens a page and keeps what it does besides showing itself. */
async function watch(browser: TestBrowser, url: string) {
  const { page, problems } = await browser.openPage('about:blank');
  const done: string[] = [];
  page.on('dialog', (dialog) => {
    done.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => done.push(`error: ${error.message}`));
  page.on('popup', () => done.push('popup'));
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, problems, done, requests };
}

/** In the page: every element, attribute and address of a note that is not in the safe subset. */
const findUnsafe = `[...document.querySelectorAll('body *')].flatMap((element) => [
  ...(/^(MAIN|P|BR|B|I|A|UL|OL|LI|H2)$/.test(element.tagName) ? [] : [element.tagName]),
  ...[...element.attributes].flatMap(({ name, value }) =>
    element.tagName === 'A' && name === 'href' && /^(https?:|mailto:|tel:)/.test(value) ? [] : [name + '=' + value]),
])`;

/** The notes of an app whose model says each payload back. */
async function notesFor(t: TestApp, payloads: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const payload of payloads) {
    ids.push(t.simulator.contactWrites({ html: asText(payload) }).conversationId);
    if (ids.length % 20 === 0) await t.finish(100);
  }
  await t.finish(100);
  return ids.flatMap((id) => t.simulator.notes(id).map(({ body }) => body ?? ''));
}

describe('what an attacker writes, and a model says back,', { timeout: 170_000 }, () => {
  let browser: TestBrowser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser[Symbol.asyncDispose]());

  test('executes nothing in a note, and leaves nothing but the safe subset', async (context) => {
    const payloads = payloadsOf(context);
    if (payloads === undefined) return;
    await using t = await startTestApp({ model: echo() });
    const notes = await notesFor(t, payloads);
    const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">';
    await using server = await startLoopback((response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(`${head}<body>${notes.map((note) => `<main>${note}</main>`).join('\n')}`);
    });

    const { page, problems, done, requests } = await watch(browser, server.url.href);

    assert.deepEqual(await page.evaluate(findUnsafe), []);
    assert.equal(await page.locator('main').count(), notes.length);
    assert.deepEqual([...done, ...problems], []);
    assert.deepEqual(requests, [server.url.href]);
    assert.ok(notes.length >= payloads.length * 0.95, `${notes.length} notes`);
    context.diagnostic(`xss: ${notes.length} notes of ${payloads.length} payloads in a browser: 0 unsafe, 0 executed`);
  });

  test('executes nothing in the pages of the simulated Messenger and Inbox', async (context) => {
    const payloads = payloadsOf(context);
    if (payloads === undefined) return;
    await using t = await startTestApp({ model: echo() });
    const first = { contactName: '<img src=x onerror=alert(1)>', subject: '<script>alert(2)</script>', notify: false };
    const { conversationId } = t.simulator.contactWrites({ ...first, html: '<p>Hello</p>' });
    for (const payload of payloads) t.simulator.contactWrites({ conversationId, html: payload, notify: false });

    const { page, done } = await watch(browser, t.simulator.url);

    await page.locator('#thread-log .theirs').nth(100).waitFor();
    await page.locator('#thread-log .theirs').last().scrollIntoViewIfNeeded();
    assert.deepEqual(done, []);
    assert.deepEqual(
      await page.evaluate(
        `document.querySelectorAll('#thread-log :is(script,iframe,object,embed,form,svg,math,base,meta)').length`,
      ),
      0,
    );
  });
});
