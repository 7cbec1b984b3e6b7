import type { NewArticle, NewInternalArticle, NewMacro } from '../library.ts';

/** The help centre of the invented company, with headings as Intercom's editor makes them. */
export const articles: readonly NewArticle[] = [
  {
    id: '3001',
    title: 'Repairing a leak',
    html: '<h2 id="h_find">Finding the hole</h2><p>Pump up, brush soapy water over seams and valves, and look for bubbles. Mark the spot with a pen.</p><h2 id="h_patch">Patching a small hole</h2><p>Holes up to 10 mm can be patched at home with the repair kit in the bow pocket.</p><ol><li>Let all air out and dry the skin.</li><li>Roughen the spot with the sandpaper and clean it with alcohol.</li><li>Spread glue on skin and patch, wait five minutes, press the patch on for one minute.</li><li>Let it cure for 12 hours before you pump up, 24 hours before you paddle.</li></ol><h2 id="h_workshop">When the workshop has to do it</h2><p>Longer cuts and open seams belong in our workshop; see the <a href="https://help.lumenkayak.example/en/articles/3002">warranty page</a>.</p>',
  },
  {
    id: '3002',
    title: 'Warranty',
    html: '<p>Skins and seams are covered for three years, pumps and paddles for two, from the day of delivery.</p><h2 id="h_not">What is not covered</h2><p>Wear, sharp objects and too much pressure are not covered.</p><h2 id="h_claim">Making a claim</h2><p>To make a claim, send us the order number and two photos.</p>',
  },
  {
    id: '3003',
    title: 'Returns and exchanges',
    html: '<p>You can return anything unused within 30 days of delivery.</p><h2 id="h_exchange">Exchanges</h2><p>An exchange for another size of the same article is free: we send a prepaid label.</p><h2 id="h_refund">Refunds</h2><p>For a return with refund, the parcel costs 6.90 EUR, which we take off the refund. The refund is made within five working days of arrival.</p>',
    translations: [
      {
        locale: 'de',
        title: 'Rückgabe und Umtausch',
        html: '<p>Unbenutzte Ware nehmen wir innerhalb von 30 Tagen nach der Lieferung zurück.</p><h2 id="h_umtausch">Umtausch</h2><p>Der Umtausch gegen eine andere Größe desselben Artikels ist kostenlos: Wir schicken ein bezahltes Etikett.</p><h2 id="h_erstattung">Erstattung</h2><p>Bei einer Rückgabe mit Erstattung kostet das Paket 6,90 EUR, die wir von der Erstattung abziehen. Erstattet wird innerhalb von fünf Werktagen nach Eingang.</p>',
      },
    ],
  },
  {
    id: '3004',
    title: 'Delivery countries, duties and times',
    html: '<p>We deliver to the European Union, the United Kingdom, Switzerland and Norway.</p><h2 id="h_times">How long it takes</h2><p>Within the EU a parcel takes two to four working days, elsewhere five to eight.</p><h2 id="h_duties">Duties and taxes</h2><p>For Switzerland, the United Kingdom and Norway, prices at checkout are without VAT. The carrier collects local import VAT and a handling fee on delivery. Kayaks carry no customs duty in Switzerland.</p>',
  },
  {
    id: '3005',
    title: 'The electric pump blinks',
    html: '<p>The light tells what the pump needs:</p><table><thead><tr><th>Light</th><th>Cause</th><th>What to do</th></tr></thead><tbody><tr><td>Blinking red</td><td>Too hot</td><td>Switch it off and let it cool in the shade for 15 minutes; keep the air inlet free.</td></tr><tr><td>Steady red</td><td>Battery below 10 %</td><td>Charge it for three hours.</td></tr><tr><td>Blinking blue</td><td>Target pressure reached</td><td>Nothing.</td></tr></tbody></table><h2 id="h_again">If it blinks red again</h2><p>If it blinks red again within a minute after cooling, the motor is faulty: that is a warranty case. The hand pump fits the same valve.</p>',
  },
  {
    id: '3006',
    title: 'How hard to pump',
    html: '<p>Side chambers 0.25 bar, floor 0.4 bar. In strong sun let out a little air, as the pressure rises with the heat.</p>',
  },
  {
    id: '3007',
    title: 'Choosing a paddle length',
    html: '<p>For a Drift 1: 220 cm up to 180 cm of body height, 230 cm above. For a Drift 2: 230 cm. If in doubt, the shorter one is easier on the shoulders.</p>',
  },
  {
    id: '3008',
    title: 'Changing or cancelling an order',
    html: '<p>Until we hand the parcel to the carrier, you can change or cancel under My orders. After that, refuse the parcel or send it back within 30 days.</p>',
  },
  {
    id: '3009',
    title: 'Prices for dealers',
    html: '<p>Dealers who are signed in see their discount of 22 % in the basket.</p>',
    audience: 'restricted',
  },
  {
    id: '3010',
    title: 'The Drift 3',
    html: '<p>The Drift 3 comes in spring.</p>',
    state: 'draft',
  },
];

/** For teammates only. */
export const internalArticles: readonly NewInternalArticle[] = [
  {
    id: '4001',
    title: 'Goodwill limits',
    html: '<p>A teammate may give up to 25 EUR of goodwill per order without asking. Above that, ask the team lead.</p>',
  },
  {
    id: '4002',
    title: 'Pump motors of series B',
    html: '<p>Pumps with a serial number from B2000 to B2900 have a weak motor. Replace them at once and skip the photos.</p>',
  },
];

export const macros: readonly NewMacro[] = [
  {
    id: '5001',
    name: 'Ask for the order number',
    html: '<p>Hi <attribute key="user.first_name" default="there"/>, could you send me the order number? It stands on the first line of the delivery note and begins with LK.</p>',
  },
  {
    id: '5002',
    name: 'Prepaid label for an exchange',
    html: '<p>Please put the article into its sleeve, stick the prepaid label on the parcel and hand it in at any parcel shop within 14 days.</p>',
  },
];
