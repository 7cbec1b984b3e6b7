import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLinkRule } from './link-rule.ts';

const rule = createLinkRule({
  hosts: ['Team.example'],
  trusted: ['Look at https://status.partner.example/now, please.', 'https://intercom.help/team/en/articles/1'],
  said: ['I am Jo@mail.example, see https://shop.example'],
});

const allowed = [
  'https://team.example',
  'http://help.team.example/a?b#c',
  'https://TEAM.example/',
  'https://status.partner.example/other',
  'https://intercom.help/team/en/articles/2',
  'mailto:orders@team.example',
  'mailto:jo@mail.example',
  'tel:+442079460958',
];
const refused = [
  'https://evil.example/?q=1',
  'https://shop.example',
  'https://evilteam.example',
  'https://team.example.evil.example',
  'https://team.example@evil.example',
  String.raw`https://evil.example\@team.example`,
  'https://partner.example',
  'https://deep.status.partner.example',
  'mailto:x@evil.example',
  'mailto:jo@mail.example?bcc=x@evil.example',
  'mailto:jo@mail.example,x@evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  'ftp://team.example',
  '//team.example',
  'team.example',
  '',
];

describe('a link rule', () => {
  for (const url of allowed) test(`allows ${url}`, () => assert.ok(rule.allows(url)));
  for (const url of refused) test(`refuses ${url}`, () => assert.ok(!rule.allows(url)));

  test('knows addresses that the conversation names, and those of the team', () => {
    assert.deepEqual(
      ['JO@mail.example', 'a@help.team.example', 'x@evil.example'].map((address) => rule.knowsAddress(address)),
      [true, true, false],
    );
  });
});
