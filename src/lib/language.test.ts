import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { readDataset } from '../../test/support/datasets.ts';
import { detectLanguage, guessLanguage, languageName } from './language.ts';

describe('detectLanguage', () => {
  for (const [language, text] of [
    ['en', 'My kayak has a leak at the valve, what can I do about it?'],
    ['de', 'Mein Kajak hat ein Leck am Ventil, was kann ich dagegen tun?'],
    ['fr', 'Mon kayak a une fuite à la valve, que puis-je faire maintenant ?'],
    ['es', 'Mi kayak tiene una fuga en la válvula, ¿qué puedo hacer ahora?'],
    ['ja', '注文した商品がまだ届いていません。確認していただけますか。'],
    ['ru', 'Мой заказ до сих пор не пришёл, подскажите пожалуйста, где он?'],
  ] as const) {
    test(`knows ${language}`, async () => {
      assert.equal(await detectLanguage(text), language);
    });
  }

  for (const [language, text] of [
    ['ja', 'ありがとう'],
    ['ja', 'Outlookの設定方法'],
    ['ko', '감사합니다'],
    ['zh', '谢谢'],
    ['th', 'ขอบคุณ'],
    ['el', 'Ευχαριστώ'],
  ] as const) {
    test(`knows ${language} by its script, from a word or two`, async () => {
      assert.equal(await detectLanguage(text), language);
    });
  }

  for (const text of ['', 'ok', 'Thanks a lot', '12345 67890 !!! ???', '🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂']) {
    test(`does not guess at "${text}"`, async () => {
      assert.equal(await detectLanguage(text), undefined);
    });
  }

  test('does not count links, addresses and code as words', async () => {
    const noise =
      'https://shop.example/where-is-my-order-and-when-will-it-come ada.lovelace@mail.example `const order = find()`';
    assert.equal(await detectLanguage(noise), undefined);
    assert.equal(await detectLanguage(`${noise} Wo bleibt denn meine Bestellung, sie sollte gestern kommen?`), 'de');
  });

  test('finds the language of support messages as people write them', async (t) => {
    const lines = readDataset(t, 'multilingual/support_messages.jsonl');
    if (lines === undefined) return;
    const messages = z.array(z.object({ lang: z.string(), text: z.string() })).parse(lines);
    let right = 0;
    for (const { lang, text } of messages) if ((await detectLanguage(text)) === lang) right += 1;
    const accuracy = right / messages.length;
    t.diagnostic(`${right} of ${messages.length} languages right: ${accuracy.toFixed(4)}`);
    assert.ok(accuracy >= 0.99, `accuracy ${accuracy.toFixed(4)} is below 0.99`);
  });
});

describe('guessLanguage', () => {
  test('guesses at short texts too, and says that it is not sure', async () => {
    assert.deepEqual(await guessLanguage('Danke schön'), { language: 'de', isSure: false });
    assert.equal(await guessLanguage('42!'), undefined);
  });

  test('is right about most short commands, dialects counted as their language', async (t) => {
    const lines = readDataset(t, 'multilingual/xsid_commands.jsonl');
    if (lines === undefined) return;
    const commands = z.array(z.object({ lang: z.string(), text: z.string() })).parse(lines);
    const german = new Set(['de-st', 'gsw']);
    let right = 0;
    for (const { lang, text } of commands) {
      if ((await guessLanguage(text))?.language === (german.has(lang) ? 'de' : lang)) right += 1;
    }
    const accuracy = right / commands.length;
    t.diagnostic(`${right} of ${commands.length} languages right: ${accuracy.toFixed(4)}`);
    assert.ok(accuracy >= 0.72, `accuracy ${accuracy.toFixed(4)} is below 0.72`);
  });
});

test('languageName is the English name of a language, or undefined', () => {
  assert.equal(languageName('de'), 'German');
  assert.equal(languageName('pt'), 'Portuguese');
  assert.equal(languageName('zh'), 'Chinese');
  assert.equal(languageName('qq'), undefined);
});
