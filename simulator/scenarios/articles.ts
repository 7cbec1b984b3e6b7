/** The help centre of the invented company. `updatedAt` is Unix seconds. */
export type Article = {
  readonly id: string;
  readonly title: string;
  readonly html: string;
  readonly updatedAt: number;
};

const helpCentre = 'https://help.lumenkayak.example/en/articles/';
const authorId = 7_100_002;

const article = (id: string, title: string, html: string): Article => ({
  id,
  title,
  html,
  updatedAt: 1_758_000_000 + Number(id),
});

export const articles: readonly Article[] = [
  article(
    '3001',
    'Repairing a leak',
    '<p>Holes up to 10 mm can be patched at home with the repair kit in the bow pocket.</p><ol><li>Let all air out and dry the skin.</li><li>Roughen the spot with the sandpaper and clean it with alcohol.</li><li>Spread glue on skin and patch, wait five minutes, press the patch on for one minute.</li><li>Let it cure for 12 hours before you pump up, 24 hours before you paddle.</li></ol><p>Longer cuts and open seams belong in our workshop; see the warranty page.</p>',
  ),
  article(
    '3002',
    'Warranty',
    '<p>Skins and seams are covered for three years, pumps and paddles for two, from the day of delivery. Wear, sharp objects and too much pressure are not covered. To make a claim, send us the order number and two photos.</p>',
  ),
  article(
    '3003',
    'Returns and exchanges',
    '<p>You can return anything unused within 30 days of delivery. An exchange for another size of the same article is free: we send a prepaid label. For a return with refund, the parcel costs 6.90 EUR, which we take off the refund. The refund is made within five working days of arrival.</p>',
  ),
  article(
    '3004',
    'Delivery countries, duties and times',
    '<p>We deliver to the European Union, the United Kingdom, Switzerland and Norway. Within the EU a parcel takes two to four working days, elsewhere five to eight.</p><p>For Switzerland, the United Kingdom and Norway, prices at checkout are without VAT. The carrier collects local import VAT and a handling fee on delivery. Kayaks carry no customs duty in Switzerland.</p>',
  ),
  article(
    '3005',
    'The electric pump blinks',
    '<p>Three lights, three causes:</p><ul><li>Blinking red: too hot. Switch it off and let it cool in the shade for 15 minutes; keep the air inlet free.</li><li>Steady red: battery below 10 %. Charge it for three hours.</li><li>Blinking blue: target pressure reached.</li></ul><p>If it blinks red again within a minute after cooling, the motor is faulty: that is a warranty case. The hand pump fits the same valve.</p>',
  ),
  article(
    '3006',
    'How hard to pump',
    '<p>Side chambers 0.25 bar, floor 0.4 bar. In strong sun let out a little air, as the pressure rises with the heat.</p>',
  ),
  article(
    '3007',
    'Choosing a paddle length',
    '<p>For a Drift 1: 220 cm up to 180 cm of body height, 230 cm above. For a Drift 2: 230 cm. If in doubt, the shorter one is easier on the shoulders.</p>',
  ),
  article(
    '3008',
    'Changing or cancelling an order',
    '<p>Until we hand the parcel to the carrier, you can change or cancel under My orders. After that, refuse the parcel or send it back within 30 days.</p>',
  ),
];

/** One page of `GET /articles`, newest update first. */
export function articlesOnWire(
  all: readonly Article[],
  { page, perPage, appId }: { readonly page: number; readonly perPage: number; readonly appId: string },
) {
  const sorted = all.toSorted((a, b) => b.updatedAt - a.updatedAt);
  const shown = sorted.slice((page - 1) * perPage, page * perPage);
  return {
    type: 'list',
    pages: { type: 'pages', page, per_page: perPage, total_pages: Math.ceil(all.length / perPage) },
    total_count: all.length,
    data: shown.map((one) => articleOnWire(one, appId)),
  };
}

function articleOnWire(one: Article, appId: string) {
  return {
    type: 'article',
    id: one.id,
    workspace_id: appId,
    title: one.title,
    description: null,
    body: one.html,
    author_id: authorId,
    state: 'published',
    created_at: one.updatedAt,
    updated_at: one.updatedAt,
    url: helpCentre + one.id,
    parent_ids: [],
    ai_chatbot_availability: true,
    ai_copilot_availability: true,
    ai_sales_agent_availability: false,
    help_center_audience: 'everyone',
    default_locale: 'en',
  };
}
