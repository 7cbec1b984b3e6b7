import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { messageText } from './message-text.ts';

const quotes: readonly (readonly [client: string, quote: string])[] = [
  [
    'Gmail',
    '<div class="gmail_quote"><div class="gmail_attr">On 5 May Ada wrote:<br></div><blockquote class="gmail_quote">old</blockquote></div>',
  ],
  [
    'Gmail in an unknown language',
    '<div class="gmail_quote"><div class="gmail_attr">Ada scripsit<br></div><blockquote class="gmail_quote">old</blockquote></div>',
  ],
  [
    'Apple Mail',
    '<div><blockquote type="cite"><div>On 5 May 2026, at 10:20, Ada wrote:</div><div>old</div></blockquote></div>',
  ],
  ['Thunderbird', '<div class="moz-cite-prefix">Ada, 5 May:<br></div><blockquote type="cite">old</blockquote>'],
  ['Yahoo', '<div class="yahoo_quoted"><div>On Tuesday Ada wrote:</div><div>old</div></div>'],
  [
    'Outlook on the web',
    '<hr><div id="divRplyFwdMsg"><b>From:</b> Ada &lt;ada@a.example&gt;<br><b>Sent:</b> Tuesday, May 5, 2026<br><b>To:</b> Help<br><b>Subject:</b> Cup</div><div>old</div>',
  ],
  [
    'Outlook for Windows',
    '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>From:</b> Ada &lt;ada@a.example&gt;<br><b>Sent:</b> Tuesday, May 5, 2026<br><b>To:</b> Help<br><b>Subject:</b> Cup</p></div><p>old</p>',
  ],
  ['Outlook for Mac', '<span id="OLK_SRC_BODY_SECTION"><div>From: Ada</div><div>old</div></span>'],
  ['Outlook for phones', '<div id="mail-editor-reference-message-container"><div>From: Ada</div><div>old</div></div>'],
  [
    'Proton Mail',
    '<div class="protonmail_quote">On 5 May 2026 10:20, Ada wrote:<br><blockquote class="protonmail_quote" type="cite">old</blockquote></div>',
  ],
];

describe('messageText', () => {
  for (const [client, quote] of quotes) {
    test(`a mail of ${client} is its own words`, () => {
      assert.equal(messageText({ html: `<div>My words.</div><br>${quote}`, isEmail: true }), 'My words.');
    });
  }

  test('answers between quotes stay', () => {
    const html =
      '<div class="moz-cite-prefix">On 5 May 2026 10:20, Ada wrote:</div><blockquote type="cite">Red?</blockquote><p>Yes.</p><blockquote type="cite">Old?</blockquote><p>No.</p>';
    assert.equal(messageText({ html, isEmail: true }), 'Yes.\n\nNo.');
  });

  test('a forwarded mail keeps its body, though it stands in a marked quote', () => {
    const html =
      '<p>Is this yours?</p><blockquote type="cite"><div>Begin forwarded message:</div><div>From: Ada</div><div>Your parcel is late.</div></blockquote>';
    assert.match(
      messageText({ html, isEmail: true }),
      /^Is this yours\?\n\n> Begin forwarded message:[^]*Your parcel is late\.$/,
    );
  });

  test('a mail that is all quote keeps it', () => {
    assert.equal(messageText({ html: '<blockquote type="cite">only this</blockquote>', isEmail: true }), '> only this');
  });

  test('a chat message keeps its quotes and dashes', () => {
    const text = 'Hi\n-- \nAda\nOn 5 May 2026 at 10:20 Bob wrote:\n> old';
    assert.equal(messageText({ text }), 'Hi\n--\nAda\nOn 5 May 2026 at 10:20 Bob wrote:\n> old');
    assert.equal(messageText({ html: '<p>Hi</p><blockquote type="cite">old</blockquote>' }), 'Hi\n\n> old');
  });

  test('plain text of a mail is stripped, CRLF and hidden characters and all', () => {
    const text = 'My\u200b words.\r\n\r\n\r\n\r\nOn 5 May 2026 at 10:20, Ada <ada@a.example> wrote:\r\n> old\r\n';
    assert.equal(messageText({ text, isEmail: true }), 'My words.');
  });

  test('a mail with words never becomes nothing', () => {
    const piece = fc.constantFrom(
      '<p>',
      '</p>',
      '<blockquote type=cite>',
      '</blockquote>',
      '<div class=gmail_signature>',
      '</div>',
      '<br>',
      'On 5 May 2026 10:20 a@b.example wrote:',
      'word',
      '-- <br>',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const html = pieces.join('');
        assert.equal(messageText({ html, isEmail: true }) === '', messageText({ html }) === '');
      }),
    );
  });
});
