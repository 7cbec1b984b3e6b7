import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { complete, ModelError } from './model.ts';
import type { ModelCall, ModelRequest } from './model.ts';
import { newestContactText } from './scripted-reply.ts';
import { createScriptedModel } from './scripted.ts';

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

async function reply(user: string): Promise<string> {
  return (await complete(createScriptedModel({ now }), prompt(user), call())).text;
}

describe('the reply of the scripted model', () => {
  test('it names the topic and asks for what is missing', async () => {
    const text = await reply(
      'Contact (Ann): Hello\nTeammate: Hi!\nContact (Ann): My March invoice was charged twice.\n\nWrite the reply.',
    );
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
      assert.match(await reply(`Contact: Where is my order?\n\nWrite the reply in ${language}.`), expected);
    });
  }

  test('a language that the contact only mentions changes nothing', async () => {
    assert.match(await reply('Contact: My German shepherd ate the parcel.'), /^Hi there,/);
  });

  test('the same prompt gives the same reply, and an empty one still gives one', async () => {
    assert.equal(await reply('Contact: It crashes.'), await reply('Contact: It crashes.'));
    assert.match(await reply(' '), /Thank you for your message\./);
  });
});

test('the newest message of the contact is found under its label, or is the last paragraph', () => {
  const found = (user: string): string => newestContactText(prompt(user).messages);
  assert.equal(found('Contact: one\nTeammate: two\nContact: three\nfour\n\nTask: reply'), 'three\nfour');
  assert.equal(found('Contact (Ann, 12:00):\n\nthree\nTeammate: five'), 'three');
  assert.equal(found('Some history.\n\nWhere is it?'), 'Where is it?');
  assert.equal(newestContactText([]), '');
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
