import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Part } from '../domain/conversation.ts';
import { parsePartId } from '../domain/ids.ts';
import { complete, ModelError } from './model.ts';
import type { ModelCall, ModelRequest } from './model.ts';
import { buildPrompt, withTask } from './prompt.ts';
import { createScriptedModel } from './scripted.ts';
import { draftTask } from './tasks.ts';

const call = (signal = new AbortController().signal): ModelCall => ({ signal, lane: 'draft' });
const now = (): number => 1000;

function prompt(user: string): ModelRequest {
  return {
    messages: [
      { role: 'system', content: 'You draft replies.' },
      { role: 'user', content: user },
    ],
    outputTokensMax: 200,
    temperature: 0,
  };
}

/** A prompt as the product builds it, with this as all that the contact wrote. */
async function reply(text: string, language?: string): Promise<string> {
  const part: Part = {
    id: parsePartId('1'),
    kind: 'comment',
    author: { kind: 'contact', id: 'ann', name: 'Ann' },
    text,
    createdAt: 0,
    attachments: [],
  };
  const basis = buildPrompt({
    instructions: '',
    answered: [],
    open: [part],
    subject: undefined,
    passages: undefined,
    tokensMax: 4000,
    taskTokensMax: 80,
  });
  const messages = withTask(basis, draftTask(language));
  const request = { messages, outputTokensMax: 200, temperature: 0 };
  return (await complete(createScriptedModel({ now }), request, call())).text;
}

describe('the reply of the scripted model', () => {
  test('it names the topic and asks for what is missing', async () => {
    const text = await reply('Hello,\n\nMy March invoice was charged twice.\n\nThanks, Ann');
    assert.match(text, /^Hi there,\n\nThank you .*“March invoice”.*invoice number and the date of the charge\?$/);
  });

  const languages: readonly (readonly [string, RegExp])[] = [
    ['German', /^Guten Tag,.*Bestellnummer/s],
    ['French', /^Bonjour,.*numéro de commande/s],
    ['Spanish', /^Hola:.*número de pedido/s],
    ['Italian', /^Hi there,.*order number/s],
  ];
  for (const [language, expected] of languages) {
    test(`a task that asks for ${language} is answered in ${language === 'Italian' ? 'English' : language}`, async () => {
      assert.match(await reply('Where is my order?', language), expected);
    });
  }

  test('a language that the contact only mentions changes nothing', async () => {
    assert.match(await reply('My German shepherd ate the parcel.'), /^Hi there,/);
  });

  test('the task of the prompt is not taken for what the contact wrote', async () => {
    assert.match(await reply('Hello'), /Thank you for your message\./);
  });

  test('the same prompt gives the same reply, and an empty one still gives one', async () => {
    assert.equal(await reply('It crashes.'), await reply('It crashes.'));
    assert.match(
      (await complete(createScriptedModel({ now }), prompt(' '), call())).text,
      /Thank you for your message/,
    );
  });
});

describe('the scripted model', () => {
  test('it streams small pieces, then one end', async () => {
    const model = createScriptedModel({ replies: ['one two three'], now });
    const events = await Array.fromAsync(model.generate(prompt('x'), call()));
    assert.deepEqual(
      events.slice(0, -1),
      ['one ', 'two ', 'three'].map((text) => ({ type: 'text', text })),
    );
    assert.equal(events.at(-1)?.type, 'end');
  });

  test('it answers from its list, then by its script, and records every call', async () => {
    const model = createScriptedModel({ replies: ['first'], script: () => 'scripted', now });
    assert.equal((await complete(model, prompt('a'), call())).text, 'first');
    assert.equal((await complete(model, prompt('b'), call())).text, 'scripted');
    assert.deepEqual(model.calls, [
      { request: prompt('a'), lane: 'draft', at: 1000 },
      { request: prompt('b'), lane: 'draft', at: 1000 },
    ]);
  });

  test('it fails on demand', async () => {
    const busy = new ModelError('busy', 'Later.');
    const model = createScriptedModel({ replies: (_, callIndex) => (callIndex === 0 ? busy : ''), now });
    await assert.rejects(complete(model, prompt('a'), call()), busy);
    await assert.rejects(complete(model, prompt('a'), call()), { kind: 'empty' });
  });

  test('an abort ends its wait at once, and its answer in the middle', async () => {
    const controller = new AbortController();
    const slow = complete(createScriptedModel({ latencyMs: 3_600_000, now }), prompt('a'), call(controller.signal));
    controller.abort();
    await assert.rejects(slow, { kind: 'cancelled' });

    const second = new AbortController();
    const events = createScriptedModel({ replies: ['one two'], now }).generate(prompt('a'), call(second.signal));
    const read = async (): Promise<void> => {
      for await (const event of events) if (event.type === 'text') second.abort();
    };
    await assert.rejects(read(), { kind: 'cancelled' });
  });

  test('it serves one model', async () => {
    const models = await createScriptedModel({ now }).servedModels(new AbortController().signal);
    assert.deepEqual(models, [{ id: 'scripted', contextTokens: undefined }]);
  });
});
