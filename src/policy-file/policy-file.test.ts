import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { defaultClosing } from '../domain/closing-line.ts';
import { defaultPolicyFile, parsePolicyFile, readPolicyFile } from './policy-file.ts';

const problemsOf = (text: string): readonly string[] => {
  const parsed = parsePolicyFile(text, 'sidenote.yaml');
  return parsed.ok ? [] : parsed.reason;
};

/** Nothing is sent by itself until the team says what may be. */
const strictReplies = {
  topics: [],
  withoutSources: false,
  channels: ['messenger'],
  inARowMax: 3,
  readingSecondsMin: 3,
  hourlyMax: 30,
  spacingSeconds: 2,
  handOverTeam: undefined,
  ...defaultClosing,
};

describe('sidenote.yaml', () => {
  test('may say everything that there is to say', () => {
    const text = `
# Notes for a start.
mode: reply
tags:
  only: [ai, "beta test"]
  never:
    - legal
instructions: |
  We are Lumen Kayak.
  Be brief.
history:
  exchanges: 8
links:
  hosts: [lumenkayak.example]
privacy:
  mask: [email, card]
retention:
  days: 90
sweep:
  minutes: 5
  hours: 12
`;
    assert.deepEqual(parsePolicyFile(text, 'sidenote.yaml'), {
      ok: true,
      value: {
        policy: {
          mode: 'reply',
          tags: { only: ['ai', 'beta test'], never: ['legal'] },
          instructions: 'We are Lumen Kayak.\nBe brief.\n',
          historyExchanges: 8,
          automatic: 'skip',
          hours: undefined,
          rules: [],
          linkHosts: ['lumenkayak.example'],
          triage: { topics: [], attributes: {} },
          replying: strictReplies,
          whileFinActive: 'note',
        },
        privacy: { mask: ['email', 'card'] },
        retention: { days: 90 },
        sweep: { minutes: 5, hours: 12 },
        limits: { webhookMib: 2, outageHours: 72, faults: 5, leaseSeconds: 15, backgroundPercent: 50 },
        models: [],
        knowledge: { sources: [], syncMinutes: 60 },
      },
    });
  });

  test('has defaults for what it does not say', () => {
    const expected = {
      policy: {
        mode: 'note',
        tags: { only: [], never: ['spam', 'handoff'] },
        instructions: '',
        historyExchanges: 5,
        automatic: 'skip',
        hours: undefined,
        rules: [],
        linkHosts: [],
        triage: { topics: [], attributes: {} },
        replying: strictReplies,
        whileFinActive: 'note',
      },
      privacy: { mask: [] },
      retention: { days: 30 },
      sweep: { minutes: 10, hours: 24 },
      limits: { webhookMib: 2, outageHours: 72, faults: 5, leaseSeconds: 15, backgroundPercent: 50 },
      models: [],
      knowledge: { sources: [], syncMinutes: 60 },
    };
    assert.deepEqual(defaultPolicyFile, expected);
    for (const text of ['', '# nothing yet\n', '---\n', '{}', 'tags: {}\nhistory: {}\n']) {
      assert.deepEqual(parsePolicyFile(text, 'sidenote.yaml'), { ok: true, value: expected });
    }
  });

  test('with only one kind of tag keeps the default of the other', () => {
    const parsed = parsePolicyFile('tags: { only: [vip] }', 'sidenote.yaml');
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value.policy.tags, { only: ['vip'], never: ['spam', 'handoff'] });
    const none = parsePolicyFile('tags: { never: [] }', 'sidenote.yaml');
    assert.ok(none.ok);
    assert.deepEqual(none.value.policy.tags, { only: [], never: [] });
  });
});

describe('a problem of sidenote.yaml is told with its line and column:', () => {
  const unknown = 'is not a setting that this version knows: correct or remove it.';
  const cases: readonly (readonly [title: string, text: string, problems: readonly (string | RegExp)[]])[] = [
    [
      'a setting that nobody knows',
      'mode: note\nmod: off\n',
      [
        `sidenote.yaml:2:1 "mod" is not a setting that this version knows: correct or remove it. Perhaps "mode" is meant.`,
      ],
    ],
    [
      'one that is spread over lines',
      'ruler:\n  - mode: off\n',
      [
        `sidenote.yaml:1:1 "ruler" is not a setting that this version knows: correct or remove it. Perhaps "rules" is meant.`,
      ],
    ],
    ['one inside another', 'tags:\n  only: []\n  any: [x]\n', [`sidenote.yaml:3:3 "tags.any" ${unknown}`]],
    ['one without a value', 'tags:\n  never: []\n  any:\n', [`sidenote.yaml:3:3 "tags.any" ${unknown}`]],
    [
      'a mode that there is not',
      'mode: shadows\n',
      [/^sidenote\.yaml:1:7 "mode" is wrong: .*"off"\|"shadow"\|"note"\|"reply"/],
    ],
    ['a mode nearly right', 'mode: notes\n', [/^sidenote\.yaml:1:7 "mode" is wrong: .*Perhaps "note" is meant\.$/]],
    [
      'a misspelt condition of a rule',
      'rules:\n  - name: A\n    when:\n      chanel: [email]\n',
      [/^sidenote\.yaml:4:7 "rules\.0\.when\.chanel" is not .* Perhaps "channel" is meant\.$/],
    ],
    [
      'two rules of one name',
      'rules:\n  - name: A\n  - name: A\n',
      [/^sidenote\.yaml:3:11 "rules\.1\.name" is wrong: another rule has the name "A": give each its own\.$/],
    ],
    [
      'business hours that there are not',
      'rules: [{ name: A, when: { hours: open } }]\n',
      [/^sidenote\.yaml:1:35 .* is wrong: there are no business hours: add the section "hours"\.$/],
    ],
    [
      'a time zone that there is not',
      'hours: { timezone: Europe/Berlyn, week: {} }\n',
      [/^sidenote\.yaml:1:20 "hours\.timezone" is wrong: name a time zone as Europe\/Berlin/],
    ],
    [
      'a span that is none',
      'hours: { timezone: UTC, week: { monday: [9-5] } }\n',
      [/^sidenote\.yaml:1:42 "hours\.week\.monday\.0" is wrong: give times as 09:00-17:30\.$/],
    ],
    [
      'a knowledge source that there is not',
      'knowledge: { sources: [{ type: macros }] }\nrules: [{ name: A, knowledge: [macro] }]\n',
      [/^sidenote\.yaml:2:32 .* there is no knowledge source "macro": perhaps "macros" is meant\.$/],
    ],
    ['YAML’s own words for yes and no are text', 'mode: off\n', []],
    ['a list that is text', 'tags:\n  only: vip\n', [/^sidenote\.yaml:2:9 "tags\.only" is wrong: .*array/]],
    [
      'an empty name',
      'tags:\n  only: [vip, ""]\n',
      [/^sidenote\.yaml:2:15 "tags\.only\.1" is wrong: a tag name must not be empty\.$/],
    ],
    [
      'a number out of range',
      'history:\n  exchanges: 50\n',
      [/^sidenote\.yaml:2:14 "history\.exchanges" is wrong: .*20/],
    ],
    ['half a day', 'retention: { days: 0.5 }\n', [/^sidenote\.yaml:1:20 "retention\.days" is wrong: /]],
    ['several at once', 'mode: 1\nfoo: 2\nhistory: 3\n', [/:1:7 "mode"/, /:3:10 "history"/, /:2:1 "foo"/]],
    ['a file that is a list', '- mode: note\n', [/^sidenote\.yaml:1:1 The file is wrong: /]],
    ['a file that is text', 'note\n', [/^sidenote\.yaml:1:1 The file is wrong: /]],
    ['a list that is not closed', 'tags: [a\nmode: note\n', [/^sidenote\.yaml:2:\d+ is not valid YAML: /]],
    ['a setting given twice', 'mode: note\nmode: off\n', [/^sidenote\.yaml:2:1 is not valid YAML: .*unique/]],
    ['a tab as indentation', 'tags:\n\tonly: []\n', [/^sidenote\.yaml:2:1 is not valid YAML: /]],
    ['two documents', 'mode: note\n---\nmode: off\n', [/is not valid YAML: /]],
    ['an alias of nothing', 'mode: *other\n', [/^sidenote\.yaml:1:1 is not valid YAML: .*other/]],
  ];
  for (const [title, text, expected] of cases) {
    test(title, () => {
      const problems = problemsOf(text);
      assert.equal(problems.length, expected.length, problems.join('\n'));
      for (const [index, one] of expected.entries()) {
        if (typeof one === 'string') assert.equal(problems[index], one);
        else assert.match(problems[index] ?? '', one);
      }
    });
  }

  test('whatever the file holds, it is read or refused with sentences that say where, never thrown over', () => {
    const piece = fc.constantFrom(
      'mode',
      'tags',
      'only',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '!!x',
      '"',
      '<<',
      '|',
      '?',
      '---',
      '__proto__',
      '#',
      '%',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 20 }), (pieces) => {
        for (const problem of problemsOf(pieces.join(''))) assert.match(problem, /^sidenote\.yaml:\d+:\d+ .*\.$/s);
      }),
      { numRuns: 1000 },
    );
  });

  test('a file that grows without end by its aliases is refused', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg'].map((pair) => pair.split(''))) {
      lines.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(', ')}]`);
    }
    assert.match(problemsOf(lines.join('\n'))[0] ?? '', /^sidenote\.yaml:1:1 is not valid YAML: /);
  });
});

describe('readPolicyFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sidenote-policy-'));
  after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'sidenote.yaml');

  test('gives the defaults where there is no file', () => {
    assert.deepEqual(readPolicyFile(join(folder, 'none.yaml')), { ok: true, value: defaultPolicyFile });
  });

  test('reads the file, and names it in a problem', () => {
    writeFileSync(path, 'mode: shadow\n');
    assert.partialDeepStrictEqual(readPolicyFile(path), { ok: true, value: { policy: { mode: 'shadow' } } });
    writeFileSync(path, 'mode: loud\n');
    const refused = readPolicyFile(path);
    assert.ok(!refused.ok);
    assert.ok(refused.reason[0]?.startsWith(`${path}:1:7 "mode" is wrong: `));
  });

  test('says so when the file can’t be read, and does not go on with the defaults', () => {
    assert.deepEqual(readPolicyFile(folder), {
      ok: false,
      reason: [`${folder} can't be read: check its permissions.`],
    });
  });
});
