import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePolicyFile } from '../../src/policy-file/policy-file.ts';
import { startTestApp, type TestApp } from '../support/app.ts';

/** The policy of a sidenote.yaml. */
function policyOf(yaml: string) {
  const parsed = parsePolicyFile(yaml, 'sidenote.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value.policy;
}

const written = (t: TestApp, extra: Partial<Parameters<TestApp['simulator']['contactWrites']>[0]> = {}): string =>
  t.simulator.contactWrites({ html: '<p>Where is my parcel with the carbon paddle?</p>', ...extra }).conversationId;

/** Each asks for one thing that only the API's answer, or a further call, tells. */
const cases: readonly {
  readonly title: string;
  readonly when: string;
  readonly arrange: (t: TestApp) => string;
  readonly because: string;
}[] = [
  {
    title: 'the team, by its name',
    when: 'team: [Warranty]',
    arrange: (t) => {
      const id = written(t);
      t.simulator.assign(id, '810002');
      return id;
    },
    because: 'the team is none, not Warranty',
  },
  {
    title: 'the teammate in charge, by id',
    when: 'assignee: ["7100002"]',
    arrange: (t) => {
      const id = written(t);
      t.simulator.assign(id, '7100002');
      return id;
    },
    because: 'the assignee is none, not 7100002',
  },
  {
    title: 'the contact’s role',
    when: 'contact: { role: [lead] }',
    arrange: (t) => written(t, { contactName: 'Lea', contactRole: 'lead' }),
    because: 'the contact’s role is user, not lead',
  },
  {
    title: 'the contact’s own fields',
    when: 'contact: { attributes: { plan: [pro] } }',
    arrange: (t) => {
      const id = written(t, { contactName: 'Pia' });
      t.simulator.describe({ conversationId: id, contactAttributes: { plan: 'pro' } });
      return id;
    },
    because: 'the contact’s attribute "plan" is not set',
  },
  {
    title: 'the company',
    when: 'company: [Acme]',
    arrange: (t) => {
      const id = written(t, { contactName: 'Cora' });
      t.simulator.describe({ conversationId: id, company: 'Acme' });
      return id;
    },
    because: 'the company is not Acme',
  },
  {
    title: 'the channel and the subject',
    when: 'channel: [email], subject: [invoice]',
    arrange: (t) => written(t, { channel: 'email', subject: 'Your Invoice 7' }),
    because: 'the channel is messenger, not email',
  },
  {
    title: 'the language',
    when: 'language: [de]',
    arrange: (t) => written(t, { html: '<p>Wo bleibt mein Paket? Ich warte schon seit zwei Wochen darauf.</p>' }),
    because: 'the language is en, not de',
  },
  {
    title: 'Fin',
    when: 'fin: true',
    arrange: (t) => {
      const id = written(t);
      t.advance(1000);
      t.simulator.botWrites({ conversationId: id, html: '<p>Have you looked at the tracking page?</p>' });
      t.advance(1000);
      return written(t, { conversationId: id });
    },
    because: 'Fin is not involved',
  },
  {
    title: 'a follow-up',
    when: 'message: follow-up',
    arrange: (t) => {
      const id = written(t);
      t.advance(1000);
      t.simulator.teammateWrites({ conversationId: id, html: '<p>On its way.</p>' });
      t.advance(1000);
      return written(t, { conversationId: id });
    },
    because: 'nobody has answered yet, so it is a first message',
  },
];

describe('a rule that asks for', () => {
  for (const { title, when, arrange, because } of cases) {
    test(`${title} matches there and nowhere else, and the trace says why`, async () => {
      await using t = await startTestApp({
        policy: policyOf(`rules: [{ name: R, when: { ${when} }, mode: shadow, instructions: Mention the rule. }]`),
      });

      const matching = arrange(t);
      await t.finish();
      const other = written(t, { contactName: 'Somebody else' });
      await t.finish();

      assert.equal(await t.outcome(matching), 'withheld: the mode is shadow: drafted, not posted');
      const [first, second] = [(await t.traces(matching)).at(-1), (await t.traces(other)).at(-1)];
      assert.equal(first?.rule, 'R');
      assert.match(JSON.stringify(first.prompt), /Mention the rule\./);
      assert.equal(await t.outcome(other), 'delivered');
      assert.deepEqual(second?.rules, [{ rule: 'R', verdict: 'not-matched', because }]);
      assert.doesNotMatch(JSON.stringify(second?.prompt), /Mention the rule\./);
    });
  }
});

describe('the rules', () => {
  test('cost no call where the conversation itself tells enough', async () => {
    await using t = await startTestApp({
      policy: policyOf('rules: [{ name: R, when: { channel: [sms] }, mode: off }]'),
    });
    written(t);
    await t.finish();
    assert.deepEqual(
      t.simulator.requests.filter(({ path }) => /^\/(contacts|teams|admins)/.test(path)),
      [],
    );
  });

  test('ask for the names once for many turns', async () => {
    await using t = await startTestApp({
      policy: policyOf('rules: [{ name: R, when: { team: [Sales] }, mode: off }]'),
    });
    for (const contactName of ['Ada', 'Bo', 'Cy']) {
      written(t, { contactName });
      await t.finish();
    }
    assert.equal(t.simulator.requests.filter(({ path }) => path === '/teams').length, 1);
  });

  test('see a contact who was deleted as not known', async () => {
    await using t = await startTestApp({
      policy: policyOf('rules: [{ name: R, when: { contact: { attributes: { plan: [pro] } } }, mode: off }]'),
    });
    t.simulator.faults.add({ method: 'GET', path: '^/contacts/', effect: { kind: 'status', status: 404 } });
    const id = written(t);
    await t.finish();
    assert.equal(await t.outcome(id), 'delivered');
    const because = 'the contact’s attributes are not known';
    assert.deepEqual((await t.traces(id))[0]?.rules, [{ rule: 'R', verdict: 'not-matched', because }]);
  });

  test('a reply whose rule does not hold any more at the last look becomes a note that says so', async () => {
    await using t = await startTestApp({
      policy: policyOf(
        'mode: reply\nrules: [{ name: Plain, when: { tags: { none: [billing] } }, instructions: Be brief. }]',
      ),
    });
    const id = written(t);
    t.simulator.faults.beforeEffect({ method: 'GET', path: '^/conversations/', nth: 2 }, () =>
      t.simulator.tag(id, 'billing'),
    );
    await t.finish();
    assert.match(t.simulator.notes(id)[0]?.body ?? '', /Not sent as a reply: another rule holds now/);
  });

  test('a mode that becomes shadow while the model writes keeps the draft back', async () => {
    await using t = await startTestApp();
    const id = written(t);
    t.simulator.faults.beforeEffect({ method: 'GET', path: '^/conversations/', nth: 2 }, () =>
      t.setPolicy({ mode: 'shadow' }),
    );
    await t.finish();
    assert.equal(await t.outcome(id), 'withheld: the mode is shadow: drafted, not posted');
    assert.deepEqual(t.simulator.notes(id), []);
  });
});
