import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fc } from '../../test/support/fast-check.ts';
import { answerabilityTask, draftTask, findingsTask, supportTask, taskStart } from './tasks.ts';

describe('every task', () => {
  const language = fc.constantFrom('German', 'Norwegian Bokmål', undefined);
  const task = fc.oneof(
    fc
      .tuple(language, fc.boolean(), fc.boolean())
      .map(([name, isPartly, isSecondTry]) => draftTask(name, { isPartly, isSecondTry })),
    fc.constant(answerabilityTask()),
    language.map(findingsTask),
    fc.array(fc.string(), { minLength: 1, maxLength: 4 }).map(supportTask),
  );

  test('begins with the same words, stands in one pair of parentheses and has no empty line', () => {
    fc.assert(
      fc.property(task, (text) => {
        assert.ok(text.startsWith(taskStart));
        assert.equal(text.match(/[()]/g)?.join(''), '()');
        assert.ok(text.endsWith(')'));
        assert.doesNotMatch(text, /\n\s*\n/);
      }),
    );
  });
});

test('the draft’s task names the language, what to do with a part of an answer, and a first try in a wrong language', () => {
  assert.equal(
    draftTask('German', { isPartly: true, isSecondTry: true }),
    "(Task from the support team: write the reply to the customer's message above. The passages answer only part of it: say which detail is missing, ask for it or promise to find it out, and do not guess it. Language: German. Your first draft was in another language: write every sentence in German.)",
  );
});

test('the support check numbers the sentences, each in one line', () => {
  assert.match(supportTask(['You have\n30 days (or so).', 'Bye']), /\n1\. You have 30 days or so \.\n2\. Bye\)$/);
});
