import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { messageText } from '../../src/intercom/message-text.ts';
import { ModelError } from '../../src/llm/model.ts';
import { createScriptedModel, type ScriptedModelOptions } from '../../src/llm/scripted.ts';
import { parsePolicyFile } from '../../src/policy-file/policy-file.ts';
import { sql } from '../../src/store/sql.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { split } from '../support/documents.ts';

const returns = split({
  id: 'help-center:3003/en',
  title: 'Returns and exchanges',
  url: 'https://help.example/en/articles/3003',
  markdown: 'You can return anything unused within 30 days of delivery. The parcel costs 6.90 EUR.',
});

const question = '<p>How many days do I have to return an unused paddle?</p>';

/** What a team writes that lets Sidenote answer about returns. */
const trusting = `
mode: reply
triage:
  topics: [{ name: return, about: sending goods back }, { name: warranty }]
replying:
  topics: [return]
  handOver: Support
  disclosure: By our AI.
  person: Write “human” for a person.
tags: { drafted: ai-draft, answered: ai-answer, handedOver: ai-handover }
`;

type Started = TestApp & { readonly ask: (html?: string) => Promise<string> };

async function start(yaml = trusting, decisions?: ScriptedModelOptions['decisions']): Promise<Started> {
  const parsed = parsePolicyFile(yaml, 'sidenote.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const model = createScriptedModel({ now: () => 0, ...(decisions === undefined ? {} : { decisions }) });
  const t = await startTestApp({ model, documents: [returns], policy: parsed.value.policy });
  const ask = async (html = question): Promise<string> => {
    const { conversationId } = t.simulator.contactWrites({ html });
    await t.finish();
    return conversationId;
  };
  return { ...t, ask };
}

const byUs = (t: TestApp, id: string): readonly string[] =>
  (t.simulator.conversation(id)?.parts ?? []).flatMap(({ author, partType, body }) =>
    author.id === t.simulator.adminId && body !== null
      ? [`${partType}: ${messageText({ html: body, isEmail: false })}`]
      : [],
  );

const repliesIn = (t: TestApp, id: string): number => byUs(t, id).filter((line) => line.startsWith('comment')).length;
const noteIn = (t: TestApp, id: string): string => byUs(t, id).findLast((line) => line.startsWith('note')) ?? '';
const tagsOf = (t: TestApp, id: string): readonly string[] =>
  t.simulator.conversation(id)?.tags.map(({ name }) => name) ?? [];

describe('Sidenote replies by itself', () => {
  test('where everything holds, and says below who wrote it and how to reach a person', async () => {
    await using t = await start();

    const id = await t.ask();

    assert.match(
      byUs(t, id)[0] ?? '',
      /^comment: [^]*within 30 days of delivery[^]*By our AI\. Write “human” for a person\.$/,
    );
    assert.deepEqual(tagsOf(t, id), ['ai-answer']);
    const [trace] = await t.traces(id);
    assert.deepEqual(trace?.againstSending, []);
    const said = { urgency: 'normal', sentiment: 'neutral', needsHuman: false, topic: 'return' };
    assert.deepEqual(trace?.triage, said);
  });

  const kept: readonly {
    readonly title: string;
    readonly says: RegExp;
    readonly yaml?: string;
    readonly html?: string;
    readonly channel?: string;
    readonly decisions?: ScriptedModelOptions['decisions'];
    readonly arrange?: (t: TestApp, id: string) => void;
  }[] = [
    {
      title: 'a topic that may not be answered',
      html: '<p>Does the warranty cover a return within 30 days of delivery?</p>',
      yaml: trusting.replace('topics: [return]', 'topics: [warranty]').replace('{ name: return', '{ name: within'),
      says: /the topic “within” is not one that may be answered/,
    },
    {
      title: 'nothing said of topics',
      yaml: 'mode: reply\n',
      says: /allows no topic to be answered \(replying\.topics\)/,
    },
    {
      title: 'a triage that failed',
      decisions: ({ name }) => (name === 'triage' ? new ModelError('broken-answer', 'No JSON.') : undefined),
      says: /could not be asked what the message is about/,
    },
    { title: 'a conversation by e-mail', channel: 'email', says: /the channel email is not one for replies/ },
    {
      title: 'a sentence that the sources do not support',
      decisions: ({ name, schema }) =>
        name === 'support'
          ? JSON.stringify(
              Object.fromEntries(Object.keys(schema['properties'] ?? {}).map((key) => [key, 'not-in-text'])),
            )
          : undefined,
      says: /the draft is rated red/,
    },
    {
      title: 'Fin at work',
      arrange: (t, id) => void t.simulator.botWrites({ conversationId: id, html: '<p>Try the portal.</p>' }),
      says: /Fin takes part/,
    },
    {
      title: 'a teammate in charge',
      arrange: (t, id) => t.simulator.assign(id, t.simulator.teammateId),
      says: /assigned to a teammate/,
    },
    {
      title: 'a used-up hour',
      yaml: trusting.replace('replying:', 'replying:\n  hourly: 0'),
      says: /this hour’s 0 replies are used up/,
    },
  ];
  for (const { title, says, yaml, html = question, channel, decisions, arrange } of kept) {
    test(`not with ${title}: the note says why`, async () => {
      await using t = await start(yaml, decisions);
      const { conversationId: id } = t.simulator.contactWrites({
        html: arrange === undefined ? html : '<p>Hello</p>',
        notify: arrange === undefined,
        ...(channel === undefined ? {} : { channel }),
      });
      if (arrange !== undefined) {
        arrange(t, id);
        t.advance(60_000);
        t.simulator.contactWrites({ conversationId: id, html });
      }
      await t.finish();
      assert.equal(repliesIn(t, id), 0);
      assert.match(noteIn(t, id), /Not sent as a reply: /);
      assert.match(noteIn(t, id), says);
      assert.match(noteIn(t, id), /within 30 days of delivery/);
    });
  }

  test('again once Fin has handed the conversation over', async () => {
    await using t = await start();
    const { conversationId: id } = t.simulator.contactWrites({ html: '<p>Hello</p>', notify: false });
    t.simulator.botWrites({ conversationId: id, html: '<p>I ask my colleagues.</p>' });
    t.simulator.describe({ conversationId: id, fin: 'escalated' });
    t.advance(60_000);
    t.simulator.contactWrites({ conversationId: id, html: question });

    await t.finish();

    assert.equal(repliesIn(t, id), 1);
  });

  test('not at all while Fin is at work, where the team wants no draft then', async () => {
    await using t = await start(`${trusting}\nfin: { active: off }\n`);
    const { conversationId: id } = t.simulator.contactWrites({ html: '<p>Hello</p>', notify: false });
    t.simulator.botWrites({ conversationId: id, html: '<p>Try the portal.</p>' });
    t.advance(60_000);
    t.simulator.contactWrites({ conversationId: id, html: question });

    await t.finish();

    assert.equal(await t.outcome(id), 'skipped: Fin is at work in this conversation, and fin.active is off');
  });

  test('so often in a row, and then leaves it to people', async () => {
    await using t = await start(trusting.replace('replying:', 'replying:\n  inARow: 2'));
    const id = await t.ask();
    for (const more of [
      'Is a return of an unused paddle free?',
      'And the return of an unused tent, within how many days?',
    ]) {
      t.advance(60_000);
      t.simulator.contactWrites({ conversationId: id, html: `<p>${more}</p>` });
      await t.finish();
    }

    assert.equal(repliesIn(t, id), 2);
    assert.match(noteIn(t, id), /Handed to the team Support: 2 replies did not settle it\./);
  });

  test('spaced over the workspace', async () => {
    await using t = await start(trusting.replace('replying:', 'replying:\n  spacingSeconds: 20'));
    for (const contactName of ['Ann', 'Bo']) t.simulator.contactWrites({ contactName, html: question });
    await t.finish();

    const reserved = await t.app.db.query(sql`select goes_at from replies order by goes_at`);
    const [first, second] = reserved.map((row) => Number(row['goes_at']));
    assert.equal(second, (first ?? 0) + 20_000);
    assert.deepEqual(
      t.simulator.conversations().map(({ id }) => repliesIn(t, id)),
      [1, 1],
    );
  });
});

describe('a contact who asks for a person', () => {
  test('is handed to the team, with a note that sums up, and gets no reply by a machine', async () => {
    await using t = await start(trusting, ({ name }) =>
      name === 'summary' ? '{"summary":"Ada wants to return a paddle."}' : undefined,
    );

    const id = await t.ask('<p>I want to talk to a human about my return.</p>');

    assert.equal(repliesIn(t, id), 0);
    assert.match(
      noteIn(t, id),
      /Handed to the team Support: the customer asks for a person\.\s+Summary: Ada wants to return a paddle\./,
    );
    assert.equal(t.simulator.conversation(id)?.teamAssigneeId, '810001');
    assert.deepEqual(tagsOf(t, id).toSorted(), ['ai-draft', 'ai-handover']);
  });

  test('is told to be handed over by hand where the team does not exist', async () => {
    await using t = await start(trusting.replace('handOver: Support', 'handOver: Nobody'));

    const id = await t.ask('<p>human</p>');

    assert.match(noteIn(t, id), /Please assign it: Sidenote could not \(the workspace has no team of that name\)/);
    assert.deepEqual(tagsOf(t, id), ['ai-draft']);
  });

  test('is handed over once, also when Intercom fails at it first', async () => {
    await using t = await start();
    t.simulator.faults.add({ method: 'POST', path: '/parts$', effect: { kind: 'status', status: 502, when: 'after' } });

    const id = await t.ask('<p>human</p>');

    const assignments = t.simulator.conversation(id)?.parts.filter(({ partType }) => partType === 'assignment');
    assert.equal(assignments?.length, 1);
    assert.match(noteIn(t, id), /Handed to the team Support/);
  });
});

describe('two machines', () => {
  const rounds = 50;

  test('end after one reply, where a contact’s program answers each of ours at once', async () => {
    await using t = await start(trusting.replace('replying:', 'replying:\n  inARow: 50'));
    const id = await t.ask();
    for (let round = 0; round < rounds; round += 1) {
      t.advance(1000);
      t.simulator.contactWrites({
        conversationId: id,
        html: `<p>Thank you for your return no. ${round}, we will look at it.</p>`,
      });
      await t.finish();
      if (t.simulator.conversation(id)?.parts.at(-1)?.partType === 'note') break;
    }
    assert.equal(repliesIn(t, id), 1);
    assert.match(noteIn(t, id), /within 3 s of our last reply/);
  });

  test('end after one reply, where it sends the same words after some minutes', async () => {
    await using t = await start(trusting.replace('replying:', 'replying:\n  inARow: 50'));
    const id = await t.ask();
    for (let round = 0; round < 3; round += 1) {
      t.advance(300_000);
      t.simulator.contactWrites({ conversationId: id, html: question });
      await t.finish();
    }
    assert.equal(repliesIn(t, id), 1);
  });

  test('end after one reply, where a workflow answers each of our comments', async () => {
    await using t = await start(trusting.replace('replying:', 'replying:\n  inARow: 50'));
    const id = await t.ask();
    for (let round = 0; round < rounds; round += 1) {
      t.advance(1000);
      t.simulator.botWrites({ conversationId: id, html: '<p>Anything about your return?</p>', as: 'workflow' });
    }
    t.advance(60_000);
    t.simulator.contactWrites({ conversationId: id, html: '<p>How many days do I have for another return?</p>' });
    await t.finish();
    assert.equal(repliesIn(t, id), 1);
    assert.match(noteIn(t, id), /another bot has written since our first reply/);
  });
});

describe('triage', () => {
  const yaml = `
triage:
  topics: [{ name: return }]
  attributes: { topic: AI topic, urgency: AI urgency, needsHuman: AI needs a person }
rules: [{ name: Returns, when: { topic: [return] }, instructions: Mention the form. }]
`;

  test('decides which rule holds, and is written to the conversation’s own fields', async () => {
    await using t = await start(yaml);

    const id = await t.ask();

    assert.equal((await t.traces(id))[0]?.rule, 'Returns');
    const fields = { 'AI topic': 'return', 'AI urgency': 'normal', 'AI needs a person': 'no' };
    assert.deepEqual(t.simulator.conversation(id)?.customAttributes, fields);
  });

  test('that fails leaves the topic unknown, which the rule says, and the draft is written', async () => {
    await using t = await start(yaml, ({ name }) =>
      name === 'triage' ? new ModelError('broken-answer', 'No JSON.') : undefined,
    );

    const id = await t.ask();

    const [trace] = await t.traces(id);
    assert.deepEqual(trace?.rules, [{ rule: 'Returns', verdict: 'not-matched', because: 'the topic is not known' }]);
    assert.deepEqual(trace?.triage, { failed: 'No JSON.' });
    assert.equal(await t.outcome(id), 'delivered');
  });

  test('is asked for by no file that does not need it, and for no conversation without help', async () => {
    await using plain = await start('mode: note\n');
    assert.equal((await plain.traces(await plain.ask()))[0]?.timings['triage'], undefined);
    await using t = await start(`${yaml}tags: { only: [vip] }\n`);
    const id = await t.ask();
    assert.match(await t.outcome(id), /^skipped/);
    assert.equal((await t.traces(id))[0]?.triage, undefined);
  });

  test('that can’t write the fields costs no draft', async () => {
    await using t = await start(yaml);
    t.simulator.faults.add({ method: 'PUT', path: '^/conversations/', effect: { kind: 'status', status: 422 } });
    const id = await t.ask();
    assert.equal(await t.outcome(id), 'delivered');
  });
});

describe('a rule’s team', () => {
  const yaml = 'rules: [{ name: Law, when: { subject: [lawyer] }, mode: off, team: Warranty }]\n';

  for (const mode of ['off', 'note']) {
    test(`gets the conversation in the mode ${mode}, unless a teammate has it`, async () => {
      await using t = await start(yaml.replace('mode: off', `mode: ${mode}`));
      const mail = { channel: 'email', subject: 'My lawyer', html: question };
      const { conversationId: routed } = t.simulator.contactWrites({ ...mail, contactName: 'Ann' });
      const { conversationId: kept } = t.simulator.contactWrites({ ...mail, contactName: 'Bo' });
      t.simulator.assign(kept, t.simulator.teammateId);
      await t.finish();
      assert.equal(t.simulator.conversation(routed)?.teamAssigneeId, '810002');
      assert.equal(t.simulator.conversation(kept)?.teamAssigneeId, null);
    });
  }
});
