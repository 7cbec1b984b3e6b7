import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { messageText } from '../../src/intercom/message-text.ts';
import { ModelError } from '../../src/llm/model.ts';
import { createScriptedModel, type ScriptedModel, type ScriptedModelOptions } from '../../src/llm/scripted.ts';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.ts';
import { split } from '../support/documents.ts';
import { freeReplies } from '../support/replying.ts';

const returns = split({
  id: 'help-center:3003/en',
  title: 'Returns and exchanges',
  url: 'https://help.example/en/articles/3003',
  markdown:
    'You can return anything unused within 30 days of delivery. For a return with refund, the parcel costs 6.90 EUR, which we take off the refund.',
});
const internal = split({
  id: 'internal-articles:9/en',
  kind: 'internal-article',
  title: 'Goodwill returns',
  url: undefined,
  audience: 'internal',
  markdown: 'A return after 30 days may be accepted as goodwill up to the secret limit of 45 days.',
});

const question = '<p>How many days do I have to return an unused paddle?</p>';

type Started = TestApp & { readonly model: ScriptedModel };

/** The app with these two articles and a scripted model; `decisions` and `replies` as it takes them. */
async function start(
  scripted: Pick<ScriptedModelOptions, 'decisions' | 'replies'> = {},
  options: TestAppOptions = {},
): Promise<Started> {
  const model = createScriptedModel({ now: () => 0, ...scripted });
  return { ...(await startTestApp({ model, documents: [returns, internal], ...options })), model };
}

/** Decisions as given by the question's name; the others as the scripted model makes them. */
const decided =
  (answers: Readonly<Record<string, object>>): NonNullable<ScriptedModelOptions['decisions']> =>
  ({ name }) => {
    const answer = answers[name];
    return answer === undefined || answer instanceof ModelError ? answer : JSON.stringify(answer);
  };

async function ask(
  t: Started,
  html = question,
): Promise<{ readonly id: string; readonly note: string; readonly html: string }> {
  const { conversationId: id } = t.simulator.contactWrites({ html });
  await t.finish();
  const body = t.simulator.notes(id)[0]?.body ?? '';
  return { id, html: body, note: messageText({ html: body, isEmail: false }) };
}

const noteTo = async (t: Started, html?: string): Promise<string> => (await ask(t, html)).note;

describe('a note for a question that the sources answer', () => {
  test('has the reply without markers first, then sources with what they support, the band and the code', async () => {
    await using t = await start();

    const { note, html } = await ask(t);

    const [copied = '', rest = ''] = note.split('———');
    assert.equal(
      copied.trim().split('\n').at(-1),
      'You can return anything unused within 30 days of delivery. For a return with refund, the parcel costs 6.90 EUR, which we take off the refund.',
    );
    assert.doesNotMatch(note, /\[S\d/);
    assert.match(
      rest,
      /^\s+Sources\s+- Returns and exchanges.*: “You can return anything unused within 30 days of delivery\.”/,
    );
    assert.match(rest, /Green: The sources answer the question, and support each statement of the draft\./);
    assert.match(rest, /turn [0-9a-z]{12}$/);
    assert.match(html, /<a href="https:\/\/help\.example\/en\/articles\/3003">Returns and exchanges<\/a>/);
  });

  test('is traced: passages with scores, the judgement, each sentence, the band', async () => {
    await using t = await start();

    const [trace] = await t.traces((await ask(t)).id);

    assert.deepEqual(Object.keys(trace?.timings ?? {}), ['gather', 'retrieve', 'judge', 'draft', 'verify', 'deliver']);
    assert.equal(trace?.passages?.[0]?.heading, 'Returns and exchanges');
    assert.ok((trace?.passages?.[0]?.score ?? 0) > 0);
    assert.deepEqual(trace?.answerability, { choice: 'yes' });
    assert.deepEqual(
      trace?.sentences?.map(({ cites, support }) => ({ cites, support })),
      [
        { cites: [], support: 'no-claim' },
        { cites: [1], support: 'supported' },
        { cites: [1], support: 'supported' },
      ],
    );
    assert.equal(trace?.rating?.band, 'green');
    assert.match(trace?.completion ?? '', /\[S1\]/);
  });

  test('costs one short judgement, one draft and one check, which share their prompt up to the task', async () => {
    await using t = await start();

    await ask(t);

    const prompts = t.model.calls.map(({ request }) =>
      request.messages.map(({ content }) => content.split('(Task from')[0]?.trim()),
    );
    assert.equal(prompts.length, 3);
    assert.deepEqual(prompts[1], prompts[0]);
    assert.deepEqual(prompts[2], prompts[0]);
  });
});

describe('what stands against a draft is said, and makes the band', () => {
  const cases: readonly (readonly [string, string, RegExp, RegExp])[] = [
    [
      'a price that stands nowhere',
      'The parcel costs 5.50 EUR. [S1]',
      /price “5\.50 EUR” is in no source cited/,
      /Red: .*price 5\.50 EUR/,
    ],
    ['a link that stands nowhere', 'See https://evil.example/x. [S1]', /link “evil\.example”/, /Red:/],
    ['another number', 'You have 14 days. [S1]', /number “14”/, /Amber: .*number 14/],
    ['a marker that names nothing', 'You have 30 days. [S7]', /\[S7\], which does not exist/, /Amber:/],
  ];
  for (const [what, draft, objection, band] of cases) {
    test(what, async () => {
      await using t = await start({ replies: [draft], decisions: decided({ support: { '1': 'supported' } }) });

      const note = await noteTo(t);

      assert.match(note, objection);
      assert.match(note, band);
    });
  }

  for (const [support, said, band] of [
    ['contradicted', 'the sources say otherwise', 'Red'],
    ['not-in-text', 'the sources do not say it', 'Red'],
  ] as const) {
    test(`a sentence that the model finds ${support}`, async () => {
      await using t = await start({
        replies: ['You have 30 days. [S1]'],
        decisions: decided({ support: { '1': support } }),
      });

      assert.match(await noteTo(t), new RegExp(`“You have 30 days.”: ${said}[^]*${band}:`));
    });
  }

  test('what the conversation says needs no source', async () => {
    await using t = await start({
      replies: ['I look into order 23107 for you.'],
      decisions: decided({ support: { '1': 'no-claim' } }),
    });

    assert.match(await noteTo(t, '<p>Can I return order 23107 unused, within how many days?</p>'), /Green/);
  });
});

describe('when the sources have only part of the answer', () => {
  test('the draft is asked to name what is missing, and the note is amber', async () => {
    await using t = await start({ decisions: decided({ answerable: { choice: 'partly' } }) });

    const note = await noteTo(t);

    assert.match(
      t.model.calls[1]?.request.messages.at(-1)?.content ?? '',
      /answer only part of it: say which detail is missing/,
    );
    assert.match(note, /Amber: The sources answer only part of the question\./);
  });
});

describe('a judgement that is not sure', () => {
  for (const [probability, band] of [
    [0.55, 'Amber: The model is not sure that the sources answer the question'],
    [0.95, 'Green'],
  ] as const) {
    test(`(${probability}) makes the note ${band.slice(0, 5).toLowerCase()}`, async () => {
      const choiceProbabilities = new Map([['yes', probability]]);
      const text = JSON.stringify({ choice: 'yes' });
      await using t = await start({
        decisions: ({ name }) => (name === 'answerable' ? { text, choiceProbabilities } : undefined),
      });

      const { note, id } = await ask(t);

      assert.match(note, new RegExp(band));
      assert.doesNotMatch(note, /%|0\.\d\d/);
      assert.deepEqual((await t.traces(id))[0]?.answerability, { choice: 'yes', probability });
    });
  }
});

describe('when the sources have no answer', () => {
  test('the note is findings: a question to copy, what is known, what is missing, the nearest articles', async () => {
    const findings = {
      known: ['Returns are free of charge within 30 days. [S1]'],
      missing: ['whether skis are sold'],
      question: 'Which skis do you mean?',
    };
    await using t = await start({ decisions: decided({ answerable: { choice: 'no' }, findings }) });

    const { note, html, id } = await ask(t);

    const [copied = '', rest = ''] = note.split('———');
    assert.equal(copied.trim(), 'Which skis do you mean?');
    assert.match(
      rest,
      /Findings instead of a draft: the sources do not answer this\. Above is a question to ask the customer\./,
    );
    assert.match(rest, /Known\s+- Returns are free of charge within 30 days\. \(Returns and exchanges/);
    assert.match(rest, /Missing\s+- whether skis are sold/);
    assert.match(html, /Nearest articles<\/b><\/p><ul><li><a href="https:\/\/help\.example\/en\/articles\/3003">/);
    assert.match(rest, /Red: The sources do not answer the question\./);
    const [trace] = await t.traces(id);
    assert.deepEqual(Object.keys(trace?.timings ?? {}), [
      'gather',
      'retrieve',
      'judge',
      'findings',
      'verify',
      'deliver',
    ]);
  });

  test('the German customer’s question is in German', async () => {
    await using t = await start();

    const note = await noteTo(t, '<p>Guten Tag, liefern Sie Ihre Kajaks eigentlich auch in die Schweiz?</p>');

    assert.match(note, /^Können Sie mir bitte/);
  });

  test('a model that gives no findings leaves the nearest articles', async () => {
    const broken = new ModelError('broken-answer', 'No JSON.');
    await using t = await start({ decisions: decided({ answerable: { choice: 'no' }, findings: broken }) });

    const note = await noteTo(t);

    assert.match(note, /^There is no draft[^]*Nearest articles\s+- Returns and exchanges/);
  });

  test('no reply is sent by itself', async () => {
    await using t = await start(
      { decisions: decided({ answerable: { choice: 'no' } }) },
      { policy: { mode: 'reply', replying: freeReplies } },
    );

    assert.match(await noteTo(t), /Not sent as a reply: the draft is rated red\./);
  });
});

describe('in the mode reply', () => {
  test('a green draft is sent, without a marker and without sources', async () => {
    await using t = await start({}, { policy: { mode: 'reply', replying: freeReplies } });

    const { id, note } = await ask(t);

    const sent = JSON.stringify(t.simulator.conversation(id)?.parts ?? []);
    assert.equal(note, '');
    assert.match(sent, /within 30 days of delivery/);
    assert.doesNotMatch(sent, /\[S1\]|Sources|Green/);
  });

  test('an amber one becomes a note that says why', async () => {
    await using t = await start(
      { decisions: decided({ answerable: { choice: 'partly' } }) },
      { policy: { mode: 'reply', replying: freeReplies } },
    );

    assert.match(await noteTo(t), /Not sent as a reply: the draft is rated amber\./);
  });
});

describe('a model in trouble with a small question', () => {
  for (const [name, said] of [
    ['answerable', 'The model could not be asked whether the sources answer the question.'],
    ['support', 'The model could not be asked whether the sources support each sentence.'],
  ] as const) {
    test(`(${name}) costs no turn: the note says so, and is amber`, async () => {
      await using t = await start({ decisions: decided({ [name]: new ModelError('engine', 'It fell over.') }) });

      const { note, id } = await ask(t);

      assert.match(note, new RegExp(`within 30 days of delivery[^]*Amber: ${said}`));
      assert.equal((await t.traces(id)).length, 1);
    });
  }
});

describe('internal articles', () => {
  test('are named to the teammate and never shown to the model, nor in what is copied', async () => {
    await using t = await start();

    const { note, id } = await ask(t, '<p>May I return it after 30 days, as goodwill?</p>');

    const [copied = '', rest = ''] = note.split('———');
    assert.doesNotMatch(copied, /goodwill up to/);
    assert.match(
      rest,
      /Internal, not for the customer\s+- Goodwill returns: “A return after 30 days may be accepted as goodwill/,
    );
    assert.doesNotMatch(JSON.stringify(t.model.calls), /secret limit/);
    const [trace] = await t.traces(id);
    assert.deepEqual(
      trace?.passages?.filter(({ audience }) => audience === 'internal').map(({ heading }) => heading),
      ['Goodwill returns'],
    );
  });
});

describe('the language of a draft', () => {
  const german = 'Guten Tag, Sie können alles Unbenutzte innerhalb von 30 Tagen zurückgeben. [S1]';
  const english = 'Hello, you can return anything that is unused within 30 days of its delivery. [S1]';
  const asked =
    '<p>Guten Tag, wie viele Tage habe ich, um ein unbenutztes Paddel zurückzugeben, laut „Returns and exchanges“?</p>';
  const yes = decided({ answerable: { choice: 'yes' }, support: { '1': 'supported' } });

  test('is checked: a draft in another one is written once more', async () => {
    await using t = await start({ replies: [english, german], decisions: yes });

    const { note, id } = await ask(t, asked);

    assert.match(note, /^Guten Tag, Sie können/);
    assert.match(note, /Green/);
    assert.equal((await t.traces(id))[0]?.firstCompletion, english);
    const second = t.model.calls.findLast(({ request }) => request.answerFormat === undefined);
    assert.match(second?.request.messages.at(-1)?.content ?? '', /write every sentence in German/);
  });

  test('is flagged when the second one is wrong as well', async () => {
    await using t = await start({ replies: [english, english], decisions: yes });

    assert.match(await noteTo(t, asked), /Amber: The draft is not in the customer’s language, German\./);
  });
});

describe('a question in another language than the articles', () => {
  const asked = '<p>Guten Tag, wie lange darf ich ein unbenutztes Boot wieder an Sie zurücksenden?</p>';
  const german = 'Guten Tag, Sie können alles Unbenutzte innerhalb von 30 Tagen zurückgeben. [S1]';
  const answers = { answerable: { choice: 'yes' }, support: { '1': 'supported' } };

  test('is searched for in theirs, and answered in its own with citations', async () => {
    const query = 'How many days to return something unused?';
    await using t = await start({ replies: [german], decisions: decided({ ...answers, 'search-query': { query } }) });

    const { note, html, id } = await ask(t, asked);

    assert.match(note, /^Guten Tag, Sie können alles Unbenutzte innerhalb von 30 Tagen zurückgeben\.\s/);
    assert.match(html, /<a href="https:\/\/help\.example\/en\/articles\/3003">Returns and exchanges<\/a>/);
    assert.match(note, /Green/);
    const [trace] = await t.traces(id);
    assert.deepEqual(trace?.translation, { language: 'en', query });
    assert.equal(trace?.passages?.[0]?.heading, 'Returns and exchanges');
    assert.equal(t.model.calls.length, 4);
  });

  test('is searched for as it is when the model can’t translate it, and the note still comes', async () => {
    const broken = new ModelError('broken-answer', 'No JSON.');
    await using t = await start({ replies: [german], decisions: decided({ ...answers, 'search-query': broken }) });

    const { note, id } = await ask(t, asked);

    assert.match(note, /Guten Tag/);
    assert.deepEqual((await t.traces(id))[0]?.translation, { failed: 'No JSON.' });
  });
});

describe('without sources', () => {
  test('nothing is retrieved, judged or rated', async () => {
    await using t = await start({}, { documents: [] });

    const { note, id } = await ask(t);

    assert.equal(t.model.calls.length, 1);
    assert.doesNotMatch(note, /Sources|Green|Amber|Red/);
    assert.deepEqual(Object.keys((await t.traces(id))[0]?.timings ?? {}), ['gather', 'draft', 'deliver']);
  });
});
