import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { z } from 'zod';
import { readDataset } from '../../test/support/datasets.ts';
import { messageText } from './message-text.ts';
import { isForward, stripReply } from './reply-text.ts';

const attributions: readonly (readonly [language: string, header: string])[] = [
  ['English', 'On Tue, 5 May 2026 at 10:20, Ada Byron <ada@a.example> wrote:'],
  ['English, in two lines', 'On Tue, 5 May 2026 at 10:20, Ada Byron\n<ada@a.example> wrote:'],
  ['English, without an address', 'On May 5, 2026, at 10:20 AM, Ada Byron wrote:'],
  ['German', 'Am 05.05.26 um 10:20 schrieb Ada Byron:'],
  ['German, with an address', 'Am Di., 5. Mai 2026 um 10:20 Uhr schrieb Ada Byron <ada@a.example>:'],
  ['French', 'Le mar. 5 mai 2026 à 10:20, Ada Byron <ada@a.example> a écrit :'],
  ['Spanish', 'El mar, 5 may 2026 a las 10:20, Ada Byron (<ada@a.example>) escribió:'],
  ['Italian', 'Il giorno mar 5 mag 2026 alle ore 10:20 Ada Byron <ada@a.example> ha scritto:'],
  ['Portuguese', 'Em ter., 5 de mai. de 2026 às 10:20, Ada Byron <ada@a.example> escreveu:'],
  ['Dutch', 'Op di 5 mei 2026 om 10:20 schreef Ada Byron <ada@a.example>:'],
  ['Dutch, Apple Mail', 'Op 5 mei 2026, om 10:20 heeft Ada Byron <ada@a.example> het volgende geschreven:'],
  ['Swedish', 'Den tis 5 maj 2026 kl 10:20 skrev Ada Byron <ada@a.example>:'],
  ['Danish', 'Den tir. 5. maj 2026 kl. 10.20 skrev Ada Byron <ada@a.example>:'],
  ['Norwegian', 'tir. 5. mai 2026 kl. 10:20 skrev Ada Byron <ada@a.example>:'],
  ['Finnish', 'ti 5. toukok. 2026 klo 10.20 Ada Byron (ada@a.example) kirjoitti:'],
  ['Polish', 'wt., 5 maj 2026 o 10:20 Ada Byron <ada@a.example> napisał(a):'],
  ['Czech', 'út 5. 5. 2026 v 10:20 odesílatel Ada Byron <ada@a.example> napsal:'],
  ['Russian', 'вт, 5 мая 2026 г. в 10:20, Ada Byron <ada@a.example>:'],
  ['Russian, with a verb', '05.05.2026 10:20, Ада Байрон пишет:'],
  ['Ukrainian', 'вт, 5 трав. 2026 р. о 10:20 Ada Byron <ada@a.example> пише:'],
  ['Japanese', '2026年5月5日(火) 10:20 Ada Byron <ada@a.example>:'],
  ['Japanese, with a noun', '2026/05/05 10:20、Ada Byron <ada@a.example>のメール:'],
  ['Chinese', '在 2026年5月5日，10:20，Ada Byron <ada@a.example> 写道：'],
  ['Chinese, Gmail', 'Ada Byron <ada@a.example> 于2026年5月5日周二 10:20写道：'],
  ['Korean', '2026년 5월 5일 (화) 오전 10:20, Ada Byron <ada@a.example>님이 작성:'],
  ['Turkish', 'Ada Byron <ada@a.example>, 5 May 2026 Sal, 10:20 tarihinde şunu yazdı:'],
  ['Hungarian', 'Ada Byron <ada@a.example> ezt írta (időpont: 2026. máj. 5., K, 10:20):'],
  ['Vietnamese', 'Vào Th 3, 5 thg 5, 2026 vào lúc 10:20 Ada Byron <ada@a.example> đã viết:'],
  ['a language without a rule of its own', 'Ada Byron <ada@a.example> neque scripsit 5.5.2026 10:20:'],
];

const headerBlocks: readonly (readonly [language: string, header: string])[] = [
  [
    'English',
    'From: Ada Byron <ada@a.example>\nSent: Tuesday, May 5, 2026 10:20\nTo: help@b.example\nSubject: RE: Cup',
  ],
  [
    'English, in bold',
    '*From:* Ada Byron [mailto:ada@a.example]\n*Sent:* Tuesday, May 5, 2026\n*To:* Help\n*Subject:* Cup',
  ],
  ['German', 'Von: Ada Byron <ada@a.example>\nGesendet: Dienstag, 5. Mai 2026 10:20\nAn: Hilfe\nBetreff: AW: Tasse'],
  ['French', 'De : Ada Byron <ada@a.example>\nEnvoyé : mardi 5 mai 2026 10:20\nÀ : Aide\nObjet : RE: Tasse'],
  ['Spanish', 'De: Ada Byron <ada@a.example>\nEnviado: martes, 5 de mayo de 2026 10:20\nPara: Ayuda\nAsunto: RE: Taza'],
  ['Italian', 'Da: Ada Byron <ada@a.example>\nInviato: martedì 5 maggio 2026 10:20\nA: Aiuto\nOggetto: R: Tazza'],
  [
    'Portuguese',
    'De: Ada Byron <ada@a.example>\nEnviada em: terça-feira, 5 de maio de 2026\nPara: Ajuda\nAssunto: RES: Copo',
  ],
  ['Dutch', 'Van: Ada Byron <ada@a.example>\nVerzonden: dinsdag 5 mei 2026 10:20\nAan: Hulp\nOnderwerp: RE: Kop'],
  ['Swedish', 'Från: Ada Byron <ada@a.example>\nSkickat: den 5 maj 2026 10:20\nTill: Hjälp\nÄmne: SV: Kopp'],
  ['Danish', 'Fra: Ada Byron <ada@a.example>\nSendt: 5. maj 2026 10:20\nTil: Hjælp\nEmne: SV: Kop'],
  [
    'Finnish',
    'Lähettäjä: Ada Byron <ada@a.example>\nLähetetty: tiistai 5. toukokuuta 2026\nVastaanottaja: Apu\nAihe: VS: Kuppi',
  ],
  ['Polish', 'Od: Ada Byron <ada@a.example>\nWysłano: wtorek, 5 maja 2026 10:20\nDo: Pomoc\nTemat: ODP: Kubek'],
  ['Czech', 'Od: Ada Byron <ada@a.example>\nOdesláno: úterý 5. května 2026 10:20\nKomu: Pomoc\nPředmět: RE: Hrnek'],
  ['Russian', 'От: Ada Byron <ada@a.example>\nОтправлено: 5 мая 2026 г. 10:20\nКому: Помощь\nТема: RE: Чашка'],
  ['Japanese', '差出人: Ada Byron <ada@a.example>\n送信日時: 2026年5月5日 10:20\n宛先: ヘルプ\n件名: RE: カップ'],
  ['Chinese', '发件人: Ada Byron <ada@a.example>\n发送时间: 2026年5月5日 10:20\n收件人: 帮助\n主题: 回复: 杯子'],
  [
    'Turkish',
    'Kimden: Ada Byron <ada@a.example>\nGönderildi: 5 Mayıs 2026 Salı 10:20\nKime: Yardım\nKonu: YNT: Fincan',
  ],
];

describe('stripReply', () => {
  for (const [language, header] of attributions) {
    test(`history goes below “wrote” in ${language}`, () => {
      assert.equal(stripReply(`My words.\n\n${header}\n\n> old\n> words`).trim(), 'My words.');
      assert.equal(stripReply(`My words.\n${header}\n\nold words`).trim(), 'My words.');
    });
  }

  for (const [language, header] of headerBlocks) {
    test(`history goes below a block of headers in ${language}`, () => {
      assert.equal(
        stripReply(`My words.\n\n________________________________\n${header}\n\nold words`).trim(),
        'My words.',
      );
    });
  }

  for (const line of [
    '-----Original Message-----',
    '-------- Ursprüngliche Nachricht --------',
    '---- Messaggio originale ----',
    '-----Message d’origine-----',
  ]) {
    test(`history goes below ${line}`, () =>
      assert.equal(stripReply(`My words.\n\n${line}\n\nold`).trim(), 'My words.'));
  }

  const header = 'On 5 May 2026 at 10:20, Ada <ada@a.example> wrote:';
  const cases: readonly { readonly title: string; readonly text: string; readonly reply: string }[] = [
    {
      title: 'answers between quoted lines stay',
      text: `Hi\n${header}\n> Is it red?\nYes.\n> Is it old?\nNo.`,
      reply: 'Hi\nYes.\nNo.',
    },
    { title: 'an answer below the history stays', text: `${header}\n> old\n\nMy words.`, reply: '\nMy words.' },
    {
      title: 'the wrapped rest of a quoted line goes',
      text: `My words.\n${header}\n> ${'long words '.repeat(6)}and\nmore of them\n> end`,
      reply: 'My words.',
    },
    {
      title: 'a line with a date above the header stays',
      text: `I paid on 4.5.2026\n${header}\n> old`,
      reply: 'I paid on 4.5.2026',
    },
    {
      title: 'a signature goes, the words below the history stay',
      text: `Hi\n-- \nAda\nByron Ltd\n\n${header}\n> q\nMy answer.`,
      reply: 'Hi\nMy answer.',
    },
  ];
  for (const { title, text, reply } of cases) test(title, () => assert.equal(stripReply(text), reply));

  const kept: readonly (readonly [title: string, text: string])[] = [
    ['quoted lines without a header', 'You say:\n> Press the button\nWhich one?'],
    ['a trip', 'Please book:\nFrom: Berlin\nTo: Paris\nDate: 5 May 2026\n\nThanks'],
    ['a web form', 'New message\n\nFrom: Ada <ada@a.example>\nSubject: Cup\nMessage: it is broken'],
    ['an appointment', 'Date: 5 May 2026\nTime: 10:20\nAddress: 1 Main St\n\nSee you'],
    ['a closing with a name', 'It fails.\n\nKind regards,\nAda Byron\n\nSent from my iPhone'],
    ['dashes that are a list', 'Broken:\n-- the cup\n-- the lid'],
    ['a sentence with “on” and “wrote”', 'On Monday I wrote: please call.\nNobody did.'],
    ['a log', '2026-05-05 10:20:01 error: no such file\n2026-05-05 10:20:02 exit'],
    ['a dashed title', '--- Your message here ---\nHello'],
    ['a signature that is too long to be one', `-- \n${'words\n'.repeat(30)}`],
    ['nothing', ''],
  ];
  for (const [title, text] of kept) test(`${title} stays whole`, () => assert.equal(stripReply(text), text));

  for (const text of [`${header}\n\nold words`, `> ${header}\n> old`, headerBlocks[0]?.[1] ?? '', '-- \nAda']) {
    test(`a mail that would lose all its words keeps them: ${text.slice(0, 20)}`, () =>
      assert.equal(stripReply(text), text));
  }

  for (const marker of [
    '---------- Forwarded message ---------',
    '-------- Weitergeleitete Nachricht --------',
    '> Début du message réexpédié :',
    'Begin forwarded message:',
  ]) {
    test(`what is forwarded stays below ${marker}`, () => {
      const text = `Is this yours?\n\n${marker}\n${headerBlocks[0]?.[1]}\n\n${header}\n> old`;
      assert.equal(stripReply(text), text);
      assert.ok(isForward(text));
    });
  }

  test('a mail that points to what is below keeps it', () => {
    const text = `Please see below.\n\n${headerBlocks[0]?.[1]}\n\nYour parcel is late.`;
    assert.equal(stripReply(text), text);
  });

  const lineOfMail = fc.oneof(
    fc.constantFrom(
      '',
      '> ',
      '> old',
      '-- ',
      '--',
      header,
      'On 5 May 2026 at 10:20',
      'Ada <ada@a.example>',
      'Bob wrote:',
      '> wrote:',
      '____',
      '-----Original Message-----',
      'From: a@b.example',
      'Sent: 5 May 2026',
      'To: c',
      'Subject: d',
      'Begin forwarded message:',
      'see below',
      'words',
    ),
    fc.string({ unit: 'grapheme' }),
  );
  test('any text gives lines of that text in order, never nothing from something, and the same again', () => {
    fc.assert(
      fc.property(fc.array(lineOfMail, { maxLength: 30 }), (lines) => {
        const text = lines.join('\n');
        const reply = stripReply(text);
        const rest = text.split('\n').values();
        for (const line of reply.split('\n'))
          assert.ok(
            rest.some((candidate) => candidate === line),
            `not in order: ${line}`,
          );
        assert.equal(reply.trim() === '', text.trim() === '');
        assert.equal(stripReply(reply), reply);
      }),
      { numRuns: 1000 },
    );
  });

  // A regular expression that tries every pair of positions would need hours for any of these.
  for (const unit of [
    'On a ',
    'On 1 a\n',
    'Op schreef\n',
    '\n',
    '> On 5.5.2026 10:20 a@b wrote:\n',
    'From: a@b\n',
    '-- \n',
    '-- \n\n',
    'a@2026 10:20 ',
    '5.5.2026 10:20 a@b\n',
    '*> ',
    'wrote',
  ]) {
    test(`a megabyte of ${JSON.stringify(unit)} is read`, () => {
      const text = `My words.\n${unit.repeat(1_000_000 / unit.length)}`;
      assert.ok(stripReply(text).startsWith('My words.'));
    });
  }
});

const reply = z.object({
  id: z.string(),
  kind: z.enum(['text', 'html']),
  input: z.string(),
  expected_reply: z.string().optional(),
  expected_reply_text: z.string().optional(),
  has_quote_or_signature: z.boolean(),
});
const forward = z.object({ text: z.string(), client: z.string(), original_body_contains: z.boolean() });

const words = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
const share = (part: number, whole: number): string => `${part} of ${whole} (${(part / whole).toFixed(3)})`;

describe('on the e-mail data sets', () => {
  test('at least 0.90 of the replies come out exactly, and no words go from mails without history', (t) => {
    const records = readDataset(t, 'email/replies.jsonl')?.map((record) => reply.parse(record));
    if (records === undefined) return;
    const results = records.map((record) => {
      const body = record.kind === 'html' ? { html: record.input } : { text: record.input };
      const expected =
        record.expected_reply_text ??
        messageText(
          record.kind === 'html' ? { html: record.expected_reply ?? '' } : { text: record.expected_reply ?? '' },
        );
      return { ...record, isExact: words(messageText({ ...body, isEmail: true })) === words(expected) };
    });
    const text = results.filter(({ kind }) => kind === 'text');
    const html = results.filter(({ kind }) => kind === 'html');
    const whole = results.filter((record) => !record.has_quote_or_signature);
    const trimmed = whole.filter(({ isExact }) => !isExact).map(({ id }) => id);
    const exact = (list: typeof results): number => list.filter(({ isExact }) => isExact).length;
    t.diagnostic(`exact replies: text ${share(exact(text), text.length)}, HTML ${share(exact(html), html.length)}`);
    t.diagnostic(`over-trimmed: ${share(trimmed.length, whole.length)} ${trimmed.join(' ')}`);
    assert.ok(exact(text) / text.length >= 0.9);
    assert.ok(exact(html) / html.length >= 0.8);
    // The one mail marked as whole that does hold a quoted mail, below "--- On <date>, … wrote:".
    assert.deepEqual(trimmed, ['unq-reply-quotations-share-block_dual_html']);
  });

  test('forwarded mails keep their bodies, but for those that look like replies', (t) => {
    const records = readDataset(t, 'email/forwards.jsonl')?.map((record) => forward.parse(record));
    if (records === undefined) return;
    const forwards = records.filter((record) => record.original_body_contains);
    const lost = forwards.filter(
      ({ text }) => !messageText({ text, isEmail: true }).includes('Praesent ac ligula orci'),
    );
    t.diagnostic(`forwarded bodies kept: ${share(forwards.length - lost.length, forwards.length)}`);
    // Outlook marks a forward exactly as it marks a reply.
    assert.deepEqual([...new Set(lost.map(({ client }) => client))], ['outlook_live']);
    assert.ok(lost.length <= 6);
  });
});
