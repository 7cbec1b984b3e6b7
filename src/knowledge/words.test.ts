import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { createAnalyser } from './analyser.ts';
import { wordsOf } from './words.ts';

for (const { title, text, words } of [
  { title: 'lower case, without marks', text: 'Where IS my order?!', words: ['where', 'is', 'my', 'order'] },
  {
    title: 'versions and codes stay whole',
    text: 'Error 0x8004010F in 115.3.1',
    words: ['error', '0x8004010f', 'in', '115.3.1'],
  },
  {
    title: 'a short prefix belongs to its word',
    text: 'e-mail add-ons, T-Shirt',
    words: ['email', 'addons', 'tshirt'],
  },
  {
    title: 'other hyphens part words',
    text: 'sign-up, a well-known two-factor-login',
    words: ['sign', 'up', 'a', 'well', 'known', 'two', 'factor', 'login'],
  },
  { title: 'the genitive’s s goes', text: "Ada’s phone, Bob's bike", words: ['ada', 'phone', 'bob', 'bike'] },
  { title: 'host names fall apart', text: 'imap.mail.example:993', words: ['imap', 'mail', 'example', '993'] },
  { title: 'Chinese and Japanese are read in pairs', text: 'Outlookの設定', words: ['outlook', 'の設', '設定'] },
  { title: 'a single letter of such a script is a word', text: '水 and 火', words: ['水', 'and', '火'] },
  { title: 'wide letters are letters', text: 'ＩＭＡＰ', words: ['imap'] },
]) {
  test(`wordsOf: ${title}`, () => assert.deepEqual(wordsOf(text), words));
}

test('wordsOf takes any text, and gives no empty word', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.ok(wordsOf(text).every((word) => word !== '' && word === word.toLowerCase()));
    }),
  );
});

for (const [language, one, other] of [
  ['en', 'The settings were changed', 'changing a setting'],
  ['de', 'Die Einstellungen der Konten', 'Einstellung des Kontos'],
  ['fr', 'les paramètres', 'un paramètre'],
  ['es', 'las configuraciones', 'una configuración'],
  ['it', 'le impostazioni', 'una impostazione'],
  ['pt', 'as configurações', 'uma configuração'],
  ['nl', 'de instellingen', 'een instelling'],
  ['sv', 'inställningar', 'inställningen'],
  ['fi', 'tilaukset', 'tilauksen'],
  ['pl', 'konta wiadomości', 'konto wiadomość'],
  ['cs', 'složky zprávy', 'složka zpráva'],
  ['ru', 'настройки писем', 'в настройках'],
] as const) {
  test(`forms of a word share a term in ${language}`, () => {
    const terms = createAnalyser(language);
    assert.ok(
      terms(one).some((term) => terms(other).includes(term)),
      `${terms(one).join()} / ${terms(other).join()}`,
    );
  });
}

test('words that say nothing are left out, those of a second language too when asked', () => {
  const terms = createAnalyser('en');
  assert.deepEqual(terms('Hello, where is the invoice? Thanks'), ['invoic']);
  assert.deepEqual(terms('die Rechnung', 'de'), ['rechnung']);
  assert.deepEqual(terms('die Rechnung'), ['die', 'rechnung']);
});
