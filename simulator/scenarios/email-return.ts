import type { Scenario } from './scenario.ts';

/** By e-mail: a greeting, quoted history as a mail program makes it, and a signature. */
export const emailReturn: Scenario = {
  contactName: 'Rufus Adeyemi',
  channel: 'email',
  subject: 'Re: Your order LK-23107 has shipped',
  messages: [
    {
      by: 'contact',
      minutesAgo: 1,
      html: `<div>Dear Lumen Kayak team,</div><div><br></div>
<div>the carbon paddle arrived yesterday, but I ordered the wrong length (230 cm, I need 220). It is unused and still in its sleeve. Can I send it back for an exchange, and who pays for the parcel?</div><div><br></div>
<div>Kind regards,<br>Rufus</div>
<div><br>-- <br><div class="gmail_signature">Rufus Adeyemi<br>Harbour Lane 12, Wexley<br>+44 7700 900123</div></div>
<div class="gmail_quote"><div class="gmail_attr">On Mon, Lumen Kayak &lt;orders@lumenkayak.example&gt; wrote:<br></div>
<blockquote class="gmail_quote"><p>Hello Rufus,</p><p>good news: your order LK-23107 left our warehouse this morning. It usually takes two to four working days.</p><p>Happy paddling,<br>Lumen Kayak</p></blockquote></div>`,
    },
  ],
};
