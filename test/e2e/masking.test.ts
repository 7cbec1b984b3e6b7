import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createScriptedModel } from '../../src/llm/scripted.ts';
import { startTestApp } from '../support/app.ts';

describe('personal data that sidenote.yaml hides from the model', () => {
  test('is a placeholder in every prompt, and the data again in the note', async () => {
    const model = createScriptedModel({ replies: ['We have written to [EMAIL_1].'], now: () => 0 });
    await using t = await startTestApp({ model, privacy: { mask: ['email', 'card'] } });
    const html = '<p>Please write to jo@example.com. I paid with 4111 1111 1111 1111, call +44 20 7946 0958.</p>';
    const { conversationId } = t.simulator.contactWrites({ html });

    await t.finish();

    const prompts = JSON.stringify(model.calls.map(({ request }) => request.messages));
    assert.match(prompts, /write to \[EMAIL_1\]\. I paid with \[CARD_1\], call \+44 20 7946 0958/);
    assert.doesNotMatch(prompts, /jo@example\.com|4111/);
    assert.match(t.simulator.notes(conversationId)[0]?.body ?? '', /We have written to .*jo@example\.com/);
  });
});
