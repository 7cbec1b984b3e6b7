/**
 * Takes the pictures of a note of each band for docs/knowledge.md, from the real page of the simulator, with a scripted
 * model: `node tools/note-pictures.ts`. Run it again when the note's layout changes.
 */
import { join } from 'node:path';
import { createScriptedModel } from '../src/llm/scripted.ts';
import { startTestApp } from '../test/support/app.ts';
import { launchBrowser } from '../test/support/browser.ts';
import { split } from '../test/support/documents.ts';

const folder = join(import.meta.dirname, '../docs/images');
const helpCentre = 'https://help.lumenkayak.example/en/articles/';

const documents = [
  split({
    id: 'help-center:3003/en',
    title: 'Returns and exchanges',
    url: `${helpCentre}3003`,
    markdown:
      'You can return anything unused within 30 days of delivery. For a return with refund, the parcel costs 6.90 EUR, which we take off the refund.',
  }),
  split({
    id: 'help-center:3005/en',
    title: 'The electric pump blinks',
    url: `${helpCentre}3005`,
    markdown: 'Blinking red: the pump is too hot. Switch it off and let it cool in the shade for 15 minutes.',
  }),
  split({
    id: 'internal-articles:9/en',
    kind: 'internal-article',
    title: 'Goodwill after a faulty pump',
    url: undefined,
    audience: 'internal',
    markdown: 'When the pump fails before a trip, we may lend a hand pump free of charge.',
  }),
];

/** What the contact asks, and where it takes other answers than the scripted model's own: they are given here. */
const pictures = [
  {
    name: 'note-green',
    question: 'How many days do I have to return an unused paddle, and what does the parcel cost with a refund?',
    replies: [],
    decisions: {},
  },
  {
    name: 'note-amber',
    question: 'My electric pump blinks red. How long must it cool, and will you lend me another pump until then?',
    replies: [
      'Hi Ada,\n\nblinking red means that the pump is too hot. [S1] Switch it off and let it cool in the shade for 20 minutes. [S1]\n\nWhether we can lend you a pump I will find out for you.',
    ],
    decisions: {
      answerable: { choice: 'partly' },
      support: { '1': 'no-claim', '2': 'supported', '3': 'not-in-text', '4': 'no-claim' },
    },
  },
  {
    name: 'note-red',
    question: 'Can I return a paddle as a present to somebody else, with a refund to them?',
    replies: [],
    decisions: {
      answerable: { choice: 'no' },
      findings: {
        known: ['Anything unused can be returned within 30 days of delivery. [S1]'],
        missing: ['whether a refund can be paid to somebody else than the buyer'],
        question: 'Hi Ada, did you buy the paddle yourself, and when was it delivered?',
      },
    },
  },
] as const;

await using browser = await launchBrowser();
for (const { name, question, replies, decisions } of pictures) {
  const answers = new Map<string, object>(Object.entries(decisions));
  const model = createScriptedModel({
    now: () => 0,
    replies,
    decisions: (format) => {
      const answer = answers.get(format.name);
      return answer && JSON.stringify(answer);
    },
  });
  await using t = await startTestApp({ model, documents });
  t.simulator.contactWrites({ contactName: 'Ada Fenwick', html: `<p>${question}</p>` });
  await t.finish();
  const { page } = await browser.openPage(t.simulator.url, { viewport: { width: 1100, height: 1400 } });
  await page.locator('#inbox-list button').first().click();
  const note = page.locator('#thread-log .note');
  await note.waitFor();
  await note.screenshot({ path: join(folder, `${name}.png`) });
}
