import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { parseRobots } from './robots.ts';

const isAllowed = (text: string, path: string): boolean =>
  parseRobots(text, 'sidenote').isAllowed(new URL(`https://site.example${path}`));

describe('robots.txt', () => {
  const cases: readonly (readonly [what: string, text: string, path: string, expected: boolean])[] = [
    ['an empty one allows all', '', '/a', true],
    ['a group for everybody counts', 'User-agent: *\nDisallow: /a', '/a/b', false],
    ['one for another program does not', 'User-agent: other\nDisallow: /', '/a', true],
    [
      'one that names us goes before everybody’s',
      'User-agent: *\nDisallow: /\nUser-agent: Sidenote\nDisallow: /x',
      '/a',
      true,
    ],
    ['two names share a group', 'User-agent: other\nUser-agent: sidenote\nDisallow: /a', '/a', false],
    ['the longest rule counts', 'User-agent: *\nDisallow: /a\nAllow: /a/b', '/a/b/c', true],
    ['of equals the allowing one counts', 'User-agent: *\nDisallow: /a\nAllow: /a', '/a', true],
    ['an empty rule forbids nothing', 'User-agent: *\nDisallow:', '/a', true],
    ['a star stands for anything', 'User-agent: *\nDisallow: /*/print', '/a/b/print?x', false],
    ['a dollar is the end', 'User-agent: *\nDisallow: /*.pdf$', '/a.pdf', false],
    ['and nothing after it', 'User-agent: *\nDisallow: /*.pdf$', '/a.pdf?x', true],
    ['the query counts', 'User-agent: *\nDisallow: /*?sort=', '/a?sort=up', false],
    ['comments are none of it', '# hi\nUser-agent: * # all\nDisallow: /a # no', '/a', false],
  ];
  for (const [what, text, path, expected] of cases) {
    test(what, () => assert.equal(isAllowed(text, path), expected));
  }

  test('tells how long to wait', () => {
    assert.equal(parseRobots('User-agent: *\nCrawl-delay: 2.5\nDisallow: /a', 'sidenote').crawlDelaySeconds, 2.5);
    assert.equal(parseRobots('User-agent: *\nCrawl-delay: soon', 'sidenote').crawlDelaySeconds, undefined);
  });

  test('whatever it holds, it is read', () => {
    const piece = fc.constantFrom('User-agent:', 'Disallow:', 'Allow:', '*', '/', '$', '\n', 'a', ' ', '#');
    fc.assert(
      fc.property(fc.array(piece), fc.webPath(), (pieces, path) => {
        assert.equal(typeof isAllowed(pieces.join(''), path), 'boolean');
      }),
    );
  });
});
