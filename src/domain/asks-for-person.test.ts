import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { readDataset } from '../../test/support/datasets.ts';
import { asksForPerson } from './asks-for-person.ts';
import { defaultClosing } from './closing-line.ts';

const wishes = [
  'Can I talk to a human please?',
  'agent',
  'I don’t want to talk to a bot',
  'Ich möchte mit einem Mitarbeiter sprechen.',
  'Bitte verbinden Sie mich mit einem Menschen',
  'Mensch',
  'Je voudrais parler à un conseiller',
  'Quiero hablar con una persona, por favor',
  'Vorrei parlare con un operatore',
  'Quero falar com um atendente',
  'Ik wil een medewerker spreken',
  'Jag vill prata med en människa',
  'Jeg vil gerne tale med et menneske',
  'Haluan puhua ihmisen kanssa',
  'Chcę porozmawiać z konsultantem',
  'Chci mluvit s člověkem',
  'Соедините меня с оператором',
  'Хочу поговорити з людиною',
  'Bir insanla konuşmak istiyorum',
  '担当者と話したいです',
  '请帮我转人工',
  '상담원과 통화하고 싶어요',
  'أريد التحدث مع موظف',
  'אני רוצה לדבר עם נציג',
];

const others = [
  'Where is my parcel?',
  'I transferred money to another person, and it did not arrive.',
  'Der Mensch im Laden sagte, ich bekomme mein Geld zurück.',
  'Is the kayak for one person or two?',
  'El kayak es para una persona?',
  'How do I add an agent to my account?',
];

const Row = z.object({ text: z.string(), intents: z.array(z.string()) });

describe('a wish for a person', () => {
  test('is seen in each of these languages', () => {
    assert.deepEqual(
      wishes.filter((text) => !asksForPerson(text)),
      [],
    );
  });

  test('is not seen where there is none', () => {
    assert.deepEqual(others.filter(asksForPerson), []);
  });

  test('is seen by the word that our own replies ask for', () => {
    for (const line of Object.values(defaultClosing.person)) {
      const [word = ''] = line.match(/(?<=[“„«] ?)\p{L}+/u) ?? [];
      assert.ok(asksForPerson(word), line);
    }
  });

  test('is seen in at least 80 % of the hand-over requests of a bank’s customers, and in at most 0.5 % of their other messages', (t) => {
    const rows = readDataset(t, 'intents/nlupp_banking.jsonl')?.map((line) => Row.parse(line));
    if (rows === undefined) return;
    const asking = rows.filter(({ intents }) => intents.includes('handoff'));
    const rest = rows.filter(({ intents }) => !intents.includes('handoff'));
    const share = (some: typeof rows): number => some.filter(({ text }) => asksForPerson(text)).length / some.length;
    t.diagnostic(
      `of ${asking.length} wishes ${(share(asking) * 100).toFixed(1)} %, of ${rest.length} others ${(share(rest) * 100).toFixed(2)} %`,
    );
    assert.ok(share(asking) >= 0.8);
    assert.ok(share(rest) <= 0.005);
  });
});
