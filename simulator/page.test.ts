import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createApiCaller } from '../test/support/api-caller.ts';
import { launchBrowser, type TestBrowser } from '../test/support/browser.ts';
import { startSimulator, type Simulator } from './server.ts';

const notePosted =
  '<p>Hi Ada,</p><ul><li>dry it</li><li>glue it</li></ul><p>———</p><p><i>Sources: Repairing a leak</i></p>';

/** Presses Tab until the element has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await page.locator(`${selector}:focus`).count()) === 1) return;
  }
  assert.fail(`Tab does not reach ${selector}.`);
}

async function postNote(simulator: Simulator, conversationId: string, body = notePosted): Promise<void> {
  const note = { type: 'admin', message_type: 'note', admin_id: simulator.adminId, body };
  const { status } = await createApiCaller(simulator)('POST', `/conversations/${conversationId}/reply`, note);
  assert.equal(status, 200);
}

/** Scripts for the page are strings here: the types of a browser do not belong to a program for Node. */
const styleOf = (page: Page, selector: string, property: string): Promise<unknown> =>
  page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);
const textOf = (page: Page, selector: string): Promise<string> => page.locator(selector).innerText();
const entry = (page: Page, name: string) => page.locator('#inbox-list button', { hasText: name });

describe('the page', () => {
  let browser: TestBrowser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser[Symbol.asyncDispose]());

  test('carries a conversation from first message to close by keyboard alone, without a reload', async () => {
    await using simulator = await startSimulator();
    const { page, problems } = await browser.openPage(simulator.url);
    let navigations = 0;
    page.on('framenavigated', () => (navigations += 1));

    await tabTo(page, '#messenger-name');
    await page.keyboard.type('Ada Fenwick');
    await tabTo(page, '#messenger-text');
    await page.keyboard.type('My kayak leaks');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('near the seam');
    await page.keyboard.press('Enter');
    await page.locator('#thread-log .theirs', { hasText: 'My kayak leaks' }).waitFor();
    const [conversation] = simulator.conversations();
    assert.equal(conversation?.source.body, '<p>My kayak leaks<br>near the seam</p>');

    await postNote(simulator, conversation.id);
    await page.locator('#thread-log .note').waitFor();

    await tabTo(page, '#thread-text');
    await page.keyboard.type('Glue it & wait');
    await page.keyboard.press('Enter');
    await page.locator('#messenger-log .theirs', { hasText: 'Glue it & wait' }).waitFor();
    assert.ok(!(await textOf(page, '#messenger-log')).includes('dry it'), 'the customer must not see the note');

    await tabTo(page, '#tag-name');
    await page.keyboard.type('repair');
    await page.keyboard.press('Enter');
    await entry(page, 'Ada').locator('.tag-badge', { hasText: 'repair' }).waitFor();

    await tabTo(page, '#thread-state');
    await page.keyboard.press('Enter');
    await entry(page, 'Ada').locator('.badge', { hasText: 'Closed' }).waitFor();
    assert.equal(conversation.state, 'closed');
    assert.equal(navigations, 0);
    assert.deepEqual(problems, []);
  });

  test('shows a note in a style of its own, and a teammate can write one', async () => {
    await using simulator = await startSimulator();
    const { conversationId } = simulator.contactWrites({ contactName: 'Ada', html: '<p>Hello</p>' });
    const { page } = await browser.openPage(simulator.url);
    const colourOf = (selector: string) => styleOf(page, selector, 'backgroundColor');
    await page.locator('#thread-log .theirs').waitFor();

    await tabTo(page, '[name=kind]:checked');
    await page.keyboard.press('ArrowRight');
    await page.locator('#thread-text').fill('She is in warranty');
    await page.keyboard.press('Enter');
    await page.locator('.note', { hasText: 'She is in warranty' }).waitFor();

    assert.notEqual(await colourOf('.note .bubble'), await colourOf('#thread-log .theirs .bubble'));
    assert.equal(simulator.conversation(conversationId)?.parts[0]?.partType, 'note');
    assert.equal(await page.locator('#messenger-log').getByText('warranty').count(), 0);
  });

  test('sends and closes in one go, and the customer’s answer opens the conversation again', async () => {
    await using simulator = await startSimulator();
    const { conversationId } = simulator.contactWrites({ contactName: 'Ada', html: '<p>Hello</p>' });
    const { page } = await browser.openPage(simulator.url);

    await page.locator('#thread-text').fill('Solved!');
    await page.getByRole('button', { name: 'Send and close' }).click();
    await page.getByRole('button', { name: 'Reopen' }).waitFor();
    assert.deepEqual(
      simulator.conversation(conversationId)?.parts.map(({ partType }) => partType),
      ['close'],
    );
    await page.locator('#messenger-text').fill('Not yet');
    await page.keyboard.press('Enter');

    await page.getByRole('button', { name: 'Close', exact: true }).waitFor();
    assert.equal(simulator.conversation(conversationId)?.parts.at(-1)?.partType, 'open');
  });

  test('marks what is new in other conversations, and the marks go when it is opened', async () => {
    await using simulator = await startSimulator();
    const { conversationId } = simulator.contactWrites({ contactName: 'Bo', html: '<p>Hello</p>' });
    const { page } = await browser.openPage(simulator.url);
    await page.locator('#thread-name', { hasText: 'Bo' }).waitFor();

    const other = simulator.contactWrites({ contactName: 'Cy', html: '<p>Me too</p>' });
    await postNote(simulator, other.conversationId);
    await entry(page, 'Cy').locator('.unread').waitFor();
    await entry(page, 'Cy').getByText('New note').waitFor();
    assert.match(await textOf(page, '#announcer'), /Cy/);
    assert.equal(await entry(page, 'Bo').locator('.unread').count(), 0);
    await entry(page, 'Cy').click();
    await page.locator('#thread-log .note').waitFor();

    await entry(page, 'Cy').locator('.unread').waitFor({ state: 'detached' });
    assert.equal(await entry(page, 'Cy').getByText('New note').count(), 0);
    simulator.remove(conversationId);
    await entry(page, 'Bo').waitFor({ state: 'detached' });
  });

  test('shows a conversation that was opened and not yet fetched, and never the one before in its place', async () => {
    await using simulator = await startSimulator();
    simulator.contactWrites({ contactName: 'Bo', html: '<p>Hello</p>', createdAt: 1_790_000_000 });
    const cy = simulator.contactWrites({ contactName: 'Cy', html: '<p>Me too</p>', createdAt: 1_789_999_000 });
    const { page } = await browser.openPage(simulator.url);
    await page.locator('#thread-log .theirs', { hasText: 'Hello' }).waitFor();
    const fetched = Promise.withResolvers<void>();
    await page.route(`**/simulator/conversations/${cy.conversationId}`, async (route) => {
      await fetched.promise;
      await route.continue();
    });

    await entry(page, 'Cy').click();
    const [nameThen, logThen] = [await textOf(page, '#thread-name'), await textOf(page, '#thread-log')];
    await page.locator('#thread-text').fill('Begun while it is fetched');
    fetched.resolve();
    await page.locator('#thread-log .theirs', { hasText: 'Me too' }).waitFor();

    assert.equal(nameThen, 'Cy');
    assert.equal(logThen, '');
    assert.equal(await page.locator('#thread-text').inputValue(), 'Begun while it is fetched');
  });

  test('moves through the list with arrow keys, j and k', async () => {
    await using simulator = await startSimulator();
    const names = ['First', 'Second', 'Third'];
    for (const [index, contactName] of names.entries()) {
      simulator.contactWrites({ contactName, html: '<p>Hello</p>', createdAt: 1_790_000_000 - index });
    }
    const { page } = await browser.openPage(simulator.url);
    await page.locator('#thread-name', { hasText: 'First' }).waitFor();

    await tabTo(page, '#inbox-list button[aria-current]');
    for (const [key, name] of [
      ['ArrowDown', 'Second'],
      ['j', 'Third'],
      ['k', 'Second'],
      ['Home', 'First'],
      ['End', 'Third'],
    ] as const) {
      await page.keyboard.press(key);
      await page.locator('#thread-name', { hasText: name }).waitFor();
      await page.locator('#inbox-list button[aria-current]:focus', { hasText: name }).waitFor();
    }
  });

  test('copies the draft of a note as text, without what stands below the separator', async () => {
    await using simulator = await startSimulator();
    const { conversationId } = simulator.contactWrites({ contactName: 'Ada', html: '<p>Hello</p>' });
    await postNote(simulator, conversationId);
    const permissions = ['clipboard-read', 'clipboard-write'];
    const { page } = await browser.openPage(simulator.url, { permissions });

    await page.getByRole('button', { name: 'Copy the draft as text' }).click();
    await page.getByText('Copied').waitFor();

    assert.equal(await page.evaluate('navigator.clipboard.readText()'), 'Hi Ada,\n\n- dry it\n- glue it');
  });

  test('runs nothing that stands in a message', async () => {
    await using simulator = await startSimulator();
    simulator.contactWrites({
      html: '<p>Hi<img src="x" onerror="document.title=1"><script>document.title=1</script></p>',
    });
    const { page } = await browser.openPage(simulator.url);
    await page.locator('#thread-log .theirs').waitFor();
    // As if the sanitiser had let something through: the policy is the second wall.
    await page.evaluate(`document.querySelector('#thread-log .body').innerHTML =
      '<img src="data:," onerror="document.title = 1">'`);
    await page.locator('#thread-log .body img').waitFor({ state: 'attached' });

    const policy = (await fetch(simulator.url)).headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.match(await page.title(), /Messenger and Inbox/);
  });

  test('connects again by itself and shows what it missed', async () => {
    const first = await startSimulator();
    const { page } = await browser.openPage(first.url);
    await page.getByText('Live', { exact: true }).waitFor();
    const port = Number(new URL(first.url).port);

    await first[Symbol.asyncDispose]();
    await page.getByText('Reconnecting…').waitFor();
    await using second = await startSimulator({ port });
    second.contactWrites({ contactName: 'Ada', html: '<p>While you were away</p>' });

    await entry(page, 'Ada').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
  });

  test('follows the wish for dark colours and less motion, and fits 800 pixels', async () => {
    await using simulator = await startSimulator({ seed: true });
    const { page } = await browser.openPage(simulator.url, { viewport: { width: 800, height: 700 } });
    await page.locator('#thread-log .message').first().waitFor();

    const light = await styleOf(page, 'body', 'backgroundColor');
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });

    assert.notEqual(await styleOf(page, 'body', 'backgroundColor'), light);
    assert.equal(await styleOf(page, '.message', 'animationName'), 'none');
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 800);
  });

  test('shows a status that was set before it was opened, and those that follow', async () => {
    await using simulator = await startSimulator();
    simulator.showStatus('Reading the conversation');
    const { page } = await browser.openPage(simulator.url);
    await page.locator('#status', { hasText: 'Reading the conversation' }).waitFor();

    simulator.showStatus('Drafting for Ada');
    await page.locator('#status', { hasText: 'Drafting for Ada' }).waitFor();

    simulator.showStatus('');
    await page.locator('#status').waitFor({ state: 'hidden' });
  });
});
