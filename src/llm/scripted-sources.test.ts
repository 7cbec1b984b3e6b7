import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { partBy } from '../../test/support/conversations.ts';
import type { Passage } from '../domain/passage.ts';
import { answerJson, decideAmong } from './decide.ts';
import { complete, type Message, type ModelCall } from './model.ts';
import { buildPrompt, withTask } from './prompt.ts';
import { createScriptedModel } from './scripted.ts';
import { answerabilityTask, draftTask, findingsTask, supportTask } from './tasks.ts';
import { z } from 'zod';

const call: ModelCall = { signal: new AbortController().signal, lane: 'draft' };
const model = () => createScriptedModel({ now: () => 0 });
const returns: Passage = {
  id: 'help:1#a',
  documentId: 'help:1',
  kind: 'article',
  title: 'Returns and exchanges',
  headingPath: [],
  text: 'You can **return** anything unused within 30 days of delivery. An exchange is free.',
  url: undefined,
  language: 'en',
  audience: 'public',
};

const prompt = (question: string, task: string, passages: readonly Passage[] = [returns]): readonly Message[] =>
  withTask(
    buildPrompt({
      instructions: '',
      answered: [],
      open: [partBy('contact', 1, question)],
      subject: undefined,
      passages,
      tokensMax: 4000,
      taskTokensMax: 200,
    }),
    task,
  );

describe('a scripted model that is shown passages', () => {
  test('copies the sentences that share most with the question, each with its marker', async () => {
    const messages = prompt('Can I return an unused paddle after delivery?', draftTask('English'));
    const { text } = await complete(model(), { messages, outputTokensMax: 100, temperature: 0 }, call);
    assert.equal(text, 'Hi there,\n\nYou can return anything unused within 30 days of delivery. [S1]');
  });

  const judged: readonly (readonly [string, string])[] = [
    ['Can I return an unused paddle after delivery?', 'yes'],
    ['Which colours does the sail of the large boat have?', 'no'],
    ['Thank you!', 'no'],
  ];
  for (const [question, choice] of judged) {
    test(`says "${choice}" to: ${question}`, async () => {
      const messages = prompt(question, answerabilityTask());
      const decision = await decideAmong(
        model(),
        { name: 'answerable', messages, choices: ['yes', 'partly', 'no'] },
        call,
      );
      assert.equal(decision.choice, choice);
    });
  }

  test('finds supported what the passages say word for word, and nothing else that cites', async () => {
    const sentences = [
      'Hi there,',
      'You can return anything unused within 30 days of delivery. [S1]',
      'It takes a year. [S1]',
    ];
    const verdict = z.enum(['supported', 'contradicted', 'not-in-text', 'no-claim']);
    const schema = z.strictObject({ '1': verdict, '2': verdict, '3': verdict });
    const messages = prompt('Can I return it?', supportTask(sentences));
    const { value } = await answerJson(model(), { name: 'support', messages, schema, outputTokensMax: 60 }, call);
    assert.deepEqual(value, { '1': 'no-claim', '2': 'supported', '3': 'not-in-text' });
  });

  test('asks the contact in the language of the task', async () => {
    const texts = z.array(z.string());
    const schema = z.strictObject({ known: texts, missing: texts, question: z.string() });
    const messages = prompt('Wo ist meine Bestellung?', findingsTask('German'));
    const { value } = await answerJson(model(), { name: 'findings', messages, schema, outputTokensMax: 200 }, call);
    assert.match(value.question, /Bestellnummer/);
  });
});
