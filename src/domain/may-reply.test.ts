import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import {
  isPersonThere,
  reasonsAgainstReply,
  reasonToHandOver,
  type ReplyFacts,
  type ReplySettings,
} from './may-reply.ts';
import type { Thread } from './thread.ts';

const settings: ReplySettings = {
  topics: ['Delivery'],
  withoutSources: false,
  channels: ['messenger'],
  inARowMax: 3,
  readingSecondsMin: 3,
  hourlyMax: 30,
  spacingSeconds: 2,
};

const thread: Thread = {
  hasTeammate: false,
  isTeammateInCharge: false,
  ownReplies: 0,
  asksForPerson: false,
  hasBotAfterOurs: false,
  secondsAfterOurs: undefined,
  isRepeated: false,
};

/** Everything holds that must hold. */
const good: ReplyFacts = {
  channel: 'messenger',
  isFinActive: false,
  triage: { topic: 'delivery', urgency: 'normal', sentiment: 'neutral', needsHuman: false },
  band: 'green',
  unsupported: 0,
  cautions: [],
  isSameRule: true,
  thread,
};

const inThread =
  (changes: Partial<Thread>) =>
  (facts: ReplyFacts): ReplyFacts => ({
    ...facts,
    thread: { ...facts.thread, ...changes },
  });
const but =
  (changes: Partial<ReplyFacts>) =>
  (facts: ReplyFacts): ReplyFacts => ({ ...facts, ...changes });

/** One change for each condition of the issue, with what the note says of it. */
const spoilers: readonly (readonly [name: string, spoil: (facts: ReplyFacts) => ReplyFacts, says: RegExp])[] = [
  [
    'a topic that is not on the list',
    but({ triage: { topic: 'refunds', needsHuman: false } }),
    /topic “refunds” is not/,
  ],
  ['no topic', but({ triage: { needsHuman: false } }), /none of the team’s topics/],
  ['no triage', but({ triage: undefined }), /none of the team’s topics/],
  ['a triage that failed', but({ triage: 'failed' }), /could not be asked/],
  ['need of a person', but({ triage: { topic: 'delivery', needsHuman: true } }), /a person is needed/],
  ['an amber band', but({ band: 'amber' }), /rated amber/],
  ['a red band', but({ band: 'red' }), /rated red/],
  ['no sources', but({ band: undefined }), /no sources/],
  ['a sentence without support', but({ unsupported: 1 }), /1 of its sentences/],
  ['a caution', but({ cautions: ['It is cut.'] }), /a check speaks against it/],
  ['another rule', but({ isSameRule: false }), /another rule/],
  ['e-mail', but({ channel: 'email' }), /channel email/],
  ['Fin at work', but({ isFinActive: true }), /Fin takes part/],
  ['a teammate’s comment', inThread({ hasTeammate: true }), /a teammate is in this conversation/],
  ['a teammate in charge', inThread({ isTeammateInCharge: true }), /assigned to a teammate/],
  ['a wish for a person', inThread({ asksForPerson: true }), /asks for a person/],
  ['enough replies', inThread({ ownReplies: 3 }), /3 replies in a row/],
  ['another bot', inThread({ hasBotAfterOurs: true }), /another bot/],
  ['an answer as fast as a machine’s', inThread({ secondsAfterOurs: 2 }), /within 3 s/],
  ['the same words again', inThread({ isRepeated: true }), /same words/],
];

describe('a reply is sent by itself', () => {
  test('where everything holds', () => {
    assert.deepEqual(reasonsAgainstReply(good, settings), []);
  });

  for (const [name, spoil, says] of spoilers) {
    test(`not with ${name}`, () => {
      const reasons = reasonsAgainstReply(spoil(good), settings);
      assert.equal(reasons.length, 1, reasons.join(' '));
      assert.match(reasons[0] ?? '', says);
    });
  }

  test('never where any of them fails, in whatever combination', () => {
    fc.assert(
      fc.property(fc.subarray([...spoilers], { minLength: 1 }), (some) => {
        const facts = some.reduce((spoilt, [, spoil]) => spoil(spoilt), good);
        assert.notDeepEqual(reasonsAgainstReply(facts, settings), []);
      }),
      { numRuns: 2000 },
    );
  });

  test('by no setting with a teammate, a caution, a failed triage, a band that is not green, or a wish for a person', () => {
    const anything: ReplySettings = { ...settings, topics: 'any', withoutSources: true, readingSecondsMin: 0 };
    const always = spoilers.filter(([name]) =>
      [
        'a teammate’s comment',
        'a caution',
        'a triage that failed',
        'an amber band',
        'a red band',
        'a wish for a person',
        'Fin at work',
      ].includes(name),
    );
    assert.equal(always.length, 7);
    for (const [name, spoil] of always) assert.notDeepEqual(reasonsAgainstReply(spoil(good), anything), [], name);
  });

  test('of any topic, or without sources, only where the team says so', () => {
    const facts = { ...good, triage: undefined, band: undefined };
    assert.equal(reasonsAgainstReply(facts, { ...settings, topics: [] }).length, 2);
    assert.deepEqual(reasonsAgainstReply(facts, { ...settings, topics: 'any', withoutSources: true }), []);
  });
});

describe('a conversation goes to a person', () => {
  test('when they are asked for, needed, or Sidenote is stuck, and not else', () => {
    assert.equal(reasonToHandOver(good, settings, true), undefined);
    assert.match(reasonToHandOver(inThread({ asksForPerson: true })(good), settings, true) ?? '', /asks for a person/);
    assert.match(
      reasonToHandOver(inThread({ ownReplies: 3 })(good), settings, true) ?? '',
      /3 replies did not settle it/,
    );
    assert.match(reasonToHandOver(good, settings, false) ?? '', /do not answer/);
    assert.match(reasonToHandOver(but({ triage: { needsHuman: true } })(good), settings, true) ?? '', /needed/);
  });

  test('never where a teammate is there, and one never replies by itself in a conversation that is to be handed over for a wish', () => {
    fc.assert(
      fc.property(fc.subarray([...spoilers]), fc.boolean(), (some, isAnswered) => {
        const facts = some.reduce((spoilt, [, spoil]) => spoil(spoilt), good);
        const because = reasonToHandOver(facts, settings, isAnswered);
        if (isPersonThere(facts.thread)) assert.equal(because, undefined);
        if (because !== undefined && isAnswered) assert.notDeepEqual(reasonsAgainstReply(facts, settings), []);
      }),
    );
  });
});
