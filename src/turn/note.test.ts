import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import type { JudgedSentence } from '../domain/band.ts';
import { parseTurnId } from '../domain/ids.ts';
import type { Passage } from '../domain/passage.ts';
import { messageText } from '../intercom/message-text.ts';
import { anyLink } from '../../test/support/links.ts';
import { noteContent, type NoteContent, renderNote, renderReply } from './note.ts';
import type { Grounding } from './note-sources.ts';

/** Without sources. */
const content = (text: string, cautions: readonly string[] = []): NoteContent => ({
  text,
  cautions,
  grounding: undefined,
  links: anyLink,
});

const turnId = parseTurnId('k3v9x2m4p7q1');
const lastLine = `<p><i>AI draft by Sidenote, only teammates see this note · turn ${turnId}</i></p>`;

/** Every tag and attribute of the safe subset; see intercom/note-html.ts. */
const safeTag = /<(?:\/?(?:p|b|i|ul|ol|li|h2)|br(?: \/)?|a href="(?:https?:\/\/|mailto:|tel:)[^"<>]*"|\/a)>/g;
const assertSafe = (html: string): void => assert.doesNotMatch(html.replaceAll(safeTag, ''), /[<>]/);

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<script>',
        '<img src=x onerror=a()>',
        '<a href="javascript:a()">',
        '</p>',
        '———',
        '\n\n',
        '**',
        '[S1]',
        '`',
        turnId,
      ),
      fc.string(),
    ),
  )
  .map((pieces) => pieces.join(''));

describe('renderNote', () => {
  test('puts the draft first, then the cautions, then the turn’s code', () => {
    assert.equal(
      renderNote(content('Hello **Ada**,\n\nclose it.', ['The draft was cut.', 'A teammate is here.']), turnId),
      [
        '<p>Hello <b>Ada</b>,</p><p>close it.</p>',
        '<p>———</p>',
        '<p><i>The draft was cut.</i></p><p><i>A teammate is here.</i></p>',
        lastLine,
      ].join(''),
    );
  });

  test('is safe HTML with the code in its last line, whatever the model wrote and the cautions say', () => {
    fc.assert(
      fc.property(hostile, fc.array(hostile, { maxLength: 3 }), (draft, cautions) => {
        const html = renderNote(content(draft, cautions), turnId);
        assertSafe(html);
        assert.ok(html.endsWith(lastLine));
      }),
    );
  });

  test('has its code in the text that we read back from Intercom', () => {
    fc.assert(
      fc.property(hostile, (draft) => {
        const read = messageText({ html: renderNote(content(draft), turnId), isEmail: false });
        assert.ok(read.split('\n').at(-1)?.endsWith(`turn ${turnId}`));
      }),
    );
  });

  test('cuts a draft beyond all measure, never the code', () => {
    const html = renderNote(content('word '.repeat(50_000)), turnId);
    assert.ok(html.length < 21_000);
    assert.ok(html.endsWith(`<p>…</p><p>———</p>${lastLine}`));
  });
});

const passage = (changes: Partial<Passage> = {}): Passage => ({
  id: 'help:1#a',
  documentId: 'help:1',
  kind: 'article',
  title: 'Returns',
  headingPath: ['Refunds'],
  text: 'Within 30 days.',
  url: 'https://help.example/1#refunds',
  language: 'en',
  audience: 'public',
  ...changes,
});
const sentence = (changes: Partial<JudgedSentence> = {}): JudgedSentence => ({
  text: 'You have 30 days.',
  cites: [1],
  flags: [],
  support: 'supported',
  ...changes,
});
const grounded = (changes: Partial<Grounding>): NoteContent => ({
  text: 'You have 30 days.',
  cautions: [],
  links: anyLink,
  grounding: {
    passages: [passage()],
    internal: [],
    findings: undefined,
    assessment: { sentences: [sentence()], rating: { band: 'green', reasons: ['All is well.'] } },
    ...changes,
  },
});

describe('the note of a draft with sources', () => {
  test('shows each source once, with what it supports, and only what is cited', () => {
    const passages = [passage(), passage({ title: 'Never cited' })];
    const sentences = [sentence(), sentence({ text: 'It is free.' }), sentence({ text: 'Hi,', cites: [] })];
    const assessment = { sentences, rating: { band: 'green' as const, reasons: ['All is well.'] } };
    assert.equal(
      renderNote(grounded({ passages, assessment }), turnId),
      [
        '<p>You have 30 days.</p><p>———</p><p><b>Sources</b></p>',
        '<ul><li><a href="https://help.example/1#refunds">Returns › Refunds</a>: “You have 30 days.” “It is free.”</li></ul>',
        `<p><b>Green:</b> All is well.</p>${lastLine}`,
      ].join(''),
    );
  });

  test('names a source without a link, or with an unsafe one, as text', () => {
    for (const url of [undefined, 'javascript:alert(1)', 'file:///etc/passwd']) {
      const html = renderNote(grounded({ passages: [passage({ url })] }), turnId);
      assert.match(html, /<li>Returns › Refunds: “You have 30 days\.”<\/li>/);
    }
  });

  test('does not say a caution twice that is a reason of the band', () => {
    const amber = grounded({
      assessment: { sentences: [], rating: { band: 'amber', reasons: ['It was cut.'] } },
    });
    const html = renderNote({ ...amber, cautions: ['It was cut.', 'Not sent.'] }, turnId);
    assert.equal(html.split('It was cut.').length, 2);
    assert.match(html, /<p><i>Not sent\.<\/i><\/p>/);
  });

  test('is safe HTML with the code in its last line, whatever articles and model say, and bounded in length', () => {
    const judged = fc.record({
      text: hostile,
      cites: fc.constantFrom([], [1], [1, 2]),
      flags: fc.array(fc.record({ kind: fc.constant('unknown-marker' as const), marker: hostile }), { maxLength: 1 }),
      support: fc.constantFrom('supported' as const, 'contradicted' as const),
    });
    const anyPassage = fc
      .record({ title: hostile, heading: hostile, text: hostile, url: hostile })
      .map(({ heading, ...rest }) => passage({ ...rest, headingPath: [heading] }));
    const findings = fc.record({
      known: fc.array(hostile, { maxLength: 2 }),
      missing: fc.array(hostile, { maxLength: 2 }),
      hasQuestion: fc.boolean(),
    });
    const anyGrounding = fc.record({
      passages: fc.array(anyPassage, { maxLength: 2 }),
      internal: fc.array(anyPassage, { maxLength: 1 }),
      findings: fc.option(findings, { nil: undefined }),
      assessment: fc.record({
        sentences: fc.array(judged, { maxLength: 3 }),
        rating: fc.record({
          band: fc.constantFrom('green' as const, 'red' as const),
          reasons: fc.array(hostile, { maxLength: 2 }),
        }),
      }),
    });
    fc.assert(
      fc.property(anyGrounding, (grounding) => {
        const html = renderNote(grounded(grounding), turnId);
        assertSafe(html);
        assert.ok(html.endsWith(lastLine));
        assert.ok(html.length < 30_000);
      }),
    );
  });
});

describe('noteContent', () => {
  const draft = { text: 'You have 30 days. [S1]', isCut: false, languageMissed: undefined, passages: [passage()] };

  test('takes the markers out where there are sources', () => {
    const assessment = { sentences: [], rating: { band: 'green' as const, reasons: [] } };
    const input = {
      draft,
      findings: undefined,
      cautions: [],
      grounds: { passages: [], internal: [] },
      assessment,
      links: anyLink,
    };
    assert.equal(noteContent(input).text, 'You have 30 days.');
  });

  test('leaves a draft without sources as it is', () => {
    const input = {
      draft,
      findings: undefined,
      cautions: [],
      grounds: undefined,
      assessment: undefined,
      links: anyLink,
    };
    assert.deepEqual(noteContent(input), { text: draft.text, cautions: [], grounding: undefined, links: anyLink });
  });
});

describe('renderReply', () => {
  test('is the draft and nothing else, where the team wants no line below it', () => {
    assert.equal(renderReply(content('Hello **Ada**'), ''), '<p>Hello <b>Ada</b></p>');
  });

  test('says below the draft what the team wants said', () => {
    const html = renderReply(content('Hello'), 'By a <machine>.');
    assert.equal(html, '<p>Hello</p><p><i>By a &lt;machine&gt;.</i></p>');
  });

  test('is safe HTML, whatever the model wrote', () => {
    fc.assert(fc.property(hostile, (draft) => assertSafe(renderReply(content(draft), draft))));
  });
});
