import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { conversationWith, partBy } from '../../test/support/conversations.ts';
import { readDataset } from '../../test/support/datasets.ts';
import { recogniseAutomatic } from './automatic-mail.ts';
import { noCircumstances } from './conversation.ts';

type Mail = { readonly subject?: string; readonly text?: string; readonly address?: string; readonly channel?: string };

const mailWith = ({ subject, text = 'Hello', address = 'ada@mail.example', channel = 'email' }: Mail) =>
  conversationWith([partBy('contact', 1, text)], {
    channel,
    circumstances: { ...noCircumstances, contactSubject: subject, contactAddress: address },
  });
const kindOf = (mail: Mail): string | undefined => recogniseAutomatic(mailWith(mail))?.kind;

describe('a mail is recognised as', () => {
  const subjects: Readonly<Record<string, readonly string[]>> = {
    'out-of-office reply': [
      'Out of Office: Your order',
      'Automatic reply: Out of the office',
      'Abwesenheitsnotiz: Ihre Anfrage',
      'Absence du bureau',
      'Fuera de la oficina',
      'Fuori ufficio: ordine',
      'Afwezig tot maandag',
      'Fora do escritório',
    ],
    'automatic reply': [
      'Automatic reply: Your order LK-1',
      'Auto: Re: your message',
      'Automatische Antwort: Ihre Bestellung',
      'Réponse automatique : commande',
      'Respuesta automática: pedido',
      'Risposta automatica: ordine',
      'Automatisch antwoord: bestelling',
      'Resposta automática: pedido',
    ],
    'bounced mail': [
      'Undeliverable: Your order',
      'Undelivered Mail Returned to Sender',
      'Delivery Status Notification (Failure)',
      'Mail delivery failed: returning message to sender',
      'Unzustellbar: Ihre Bestellung',
    ],
    spam: ['[SPAM] Cheap watches', '***SPAM*** You won', '{Spam?} Offer'],
  };
  for (const [kind, list] of Object.entries(subjects)) {
    test(`${kind} by its subject`, () => {
      for (const subject of list) assert.equal(kindOf({ subject }), kind, subject);
    });
  }

  test('what came from a mailbox that nobody reads', () => {
    for (const mailbox of [
      'no-reply',
      'noreply',
      'do_not_reply',
      'shop-noreply',
      'MAILER-DAEMON',
      'bounces+12',
      'jira.no-reply',
    ]) {
      assert.equal(kindOf({ address: `${mailbox}@mail.example` }), 'no-reply address', mailbox);
    }
  });

  test('an automatic one by how it begins', () => {
    const openings: readonly (readonly [string, string])[] = [
      ['Thank you for your mail. I am currently out of the office until 3 May.', 'out-of-office reply'],
      ['Ich bin bis zum 3. Mai nicht im Büro. In dringenden Fällen hilft Herr Maier.', 'out-of-office reply'],
      ['Bonjour, je suis actuellement absente jusqu’au 3 mai.', 'out-of-office reply'],
      ['This is an automated response. We have received your request.', 'automatic reply'],
      ['Diese Nachricht wurde automatisch erstellt.', 'automatic reply'],
      ['Delivery to the following recipient failed permanently: x', 'bounced mail'],
    ];
    for (const [text, kind] of openings) assert.equal(kindOf({ text }), kind, text);
  });
});

describe('a person’s mail is left alone', () => {
  const people: readonly Mail[] = [
    { subject: 'Your office in Lisbon', text: 'When are you open?' },
    { subject: 'Question about the automatic pump', text: 'It does not stop.' },
    { subject: 'Fwd: Automatic reply: Your order', text: 'I got this from you. What does it mean?' },
    { subject: 'WG: Unzustellbar: Bestellung', text: 'Meine Mail kam zurück.' },
    { subject: 'Spamming your inbox, sorry', text: 'One more thing.' },
    { subject: 'Re: order', text: 'I am out of the office until Monday. Can you deliver on Tuesday?' },
    { address: 'norepl@mail.example' },
    { address: 'nora.reply@mail.example' },
    { address: 'bouncer@club.example' },
  ];
  for (const mail of people) {
    test(JSON.stringify(mail), () => assert.equal(kindOf(mail), undefined));
  }

  test('in the Messenger, whatever it says', () => {
    const text = 'I am out of the office. This is an automated response.';
    assert.equal(
      kindOf({ subject: 'Automatic reply: x', text, address: 'noreply@x.example', channel: 'conversation' }),
      undefined,
    );
  });

  test('in 187 real replies and 118 forwards, at most one in a hundred is taken for a machine’s', (t) => {
    const replies = readDataset(t, 'email/replies.jsonl');
    const forwards = readDataset(t, 'email/forwards.jsonl');
    if (replies === undefined || forwards === undefined) return;
    const Line = z.object({ input: z.string().optional(), text: z.string().optional() });
    const texts = [...replies, ...forwards]
      .map((line) => Line.parse(line))
      .map(({ input, text }) => input ?? text ?? '');
    const taken = texts.filter((text) => kindOf({ text }) !== undefined);
    t.diagnostic(`${taken.length} of ${texts.length} taken for a machine’s`);
    assert.ok(texts.length > 250);
    assert.ok(taken.length <= texts.length / 100, taken.join('\n---\n'));
  });
});

describe('a bot loop', () => {
  const rounds = (texts: readonly string[], secondsLater: number) =>
    conversationWith(
      texts.flatMap((text, index) => {
        const at = 10_000 + index * 600;
        return [
          partBy('teammate', index * 2 + 1, 'We have your message.', { createdAt: at }),
          partBy('contact', index * 2 + 2, text, { createdAt: at + secondsLater }),
        ];
      }),
    );
  const receipt = (number: number) => `We have received your request number ${number} and will answer within a day.`;

  test('is the same long message three times, each after an answer; numbers in it may differ', () => {
    assert.equal(recogniseAutomatic(rounds([1, 2, 3].map(receipt), 60))?.kind, 'bot loop');
    assert.equal(recogniseAutomatic(rounds([1, 2].map(receipt), 60)), undefined);
  });

  test('is three long messages from one template, each within two seconds of the answer before', () => {
    const texts = ['one', 'two', 'three'].map(
      (word) => `Dear sender, this mailbox gives you ticket ${word} for your mail.`,
    );
    assert.equal(recogniseAutomatic(rounds(texts, 2))?.kind, 'bot loop');
    assert.equal(recogniseAutomatic(rounds(texts, 3)), undefined);
  });

  test('is not two people whose messages cross', () => {
    const texts = [
      'I have now tried it with the other cable, and the light still does not come on.',
      'Yes, the second one from the left, as the picture in your article shows it.',
      'Since Monday, right after the update that your colleague asked me to install.',
    ];
    assert.equal(recogniseAutomatic(rounds(texts, 1)), undefined);
  });

  test('is nowhere in 600 real conversations, even if a second lay between any two messages', (t) => {
    const files = ['conversations/thunderbird_threads.jsonl', 'conversations/star_wizard.jsonl'];
    const lines = files.map((file) => readDataset(t, file));
    if (lines.includes(undefined)) return;
    const Chat = z.object({ id: z.string(), turns: z.array(z.object({ role: z.string(), text: z.string() })) });
    const taken = lines.flat().flatMap((line) => {
      const { id, turns } = Chat.parse(line);
      const parts = turns.map(({ role, text }, index) =>
        partBy(/customer|user/i.test(role) ? 'contact' : 'teammate', index + 1, text, { createdAt: 10_000 + index }),
      );
      const prefixes = parts.map((_, index) => conversationWith(parts.slice(0, index + 1)));
      return prefixes.some((conversation) => recogniseAutomatic(conversation) !== undefined) ? [id] : [];
    });
    assert.deepEqual(taken, []);
    assert.ok(lines.flat().length >= 600);
  });

  test('is not a person who asks three times for a person', () => {
    assert.equal(recogniseAutomatic(rounds(['A human, please', 'a human please', 'A human, please'], 1)), undefined);
  });
});
