import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseTurnId } from '../domain/ids.ts';
import { messageText } from '../intercom/message-text.ts';
import { type NoteContent, renderNote, renderReply } from './note.ts';

/** Without sources. */
const content = (text: string, cautions: readonly string[] = []): NoteContent => ({
  text,
  cautions,
  grounding: undefined,
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

describe('renderReply', () => {
  test('is the draft and nothing else', () => {
    assert.equal(renderReply(content('Hello **Ada**')), '<p>Hello <b>Ada</b></p>');
  });

  test('is safe HTML, whatever the model wrote', () => {
    fc.assert(fc.property(hostile, (draft) => assertSafe(renderReply(content(draft)))));
  });
});
