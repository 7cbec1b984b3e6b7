import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTokenBudget, estimatePrompt } from './budget.ts';
import { completePlanned, planPrompt } from './fit-window.ts';
import type { FittingDeps } from './fit-window.ts';
import { complete, ModelError } from './model.ts';
import type { LanguageModel, Message, ModelEvent } from './model.ts';

type Build = (tokensMax: number) => { readonly messages: readonly Message[] };

/** Plans and asks, as a turn does. */
async function completeFitting(builds: Build, asked: typeof request, deps: FittingDeps, ctl: typeof call) {
  const planned = await planPrompt(builds, asked.outputTokensMax, deps.budget, ctl.signal);
  const fitted = await completePlanned(planned, builds, asked, deps, ctl);
  return { ...fitted, countedTokens: planned.countedTokens };
}

const call = { signal: new AbortController().signal, lane: 'draft' as const };
const request = { outputTokensMax: 100, temperature: 0 };
const line = 'The parcel went out on Monday and it comes on Friday.\n';

/** A prompt of as many whole lines as fit, one at the least. */
function build(tokensMax: number): { readonly messages: readonly Message[] } {
  const lines = Math.max(1, Math.floor(tokensMax / 18));
  return { messages: [{ role: 'user', content: line.repeat(Math.min(lines, 2000)) }] };
}

/** A model that reads prompts as `tokensOf` says, and keeps what it was sent. */
function modelThat(tokensOf: (messages: readonly Message[]) => number | ModelError): LanguageModel & {
  readonly sent: (readonly Message[])[];
} {
  const sent: (readonly Message[])[] = [];
  return {
    sent,
    servedModels: async () => [],
    async *generate({ messages }): AsyncGenerator<ModelEvent> {
      sent.push(messages);
      const inputTokens = tokensOf(messages);
      if (inputTokens instanceof ModelError) throw inputTokens;
      yield { type: 'text', text: 'Yes.' };
      yield {
        type: 'end',
        finishReason: { unified: 'stop', raw: 'stop' },
        usage: { inputTokens, cachedInputTokens: undefined, outputTokens: 1 },
        model: 'test',
      };
    },
  };
}

const windowOf = (tokens: number) => createTokenBudget({ windowTokens: async () => tokens });
/** Some 4.3 characters a token, as for English. */
const really = (messages: readonly Message[]): number => Math.round(estimatePrompt(messages) * 0.7);

describe('a prompt for the model’s window', () => {
  test('takes nine tenths of the window less the answer, by our estimate', async () => {
    const model = modelThat(really);
    const { prompt } = await completeFitting(build, request, { model, budget: windowOf(8000) }, call);
    const estimated = estimatePrompt(prompt.messages);
    assert.ok(estimated <= 7100 && estimated > 7000, `${estimated}`);
  });

  test('grows when the model turns out to make fewer tokens', async () => {
    const model = modelThat(really);
    const budget = windowOf(8000);
    for (let count = 0; count < 6; count += 1) await completeFitting(build, request, { model, budget }, call);
    const last = model.sent.at(-1) ?? [];
    assert.ok(estimatePrompt(last) > 9900 && really(last) <= 7100);
  });

  test('is counted by the server where it can, and shortened to fit', async () => {
    const model = modelThat((messages) => estimatePrompt(messages) * 2);
    const budget = createTokenBudget({
      windowTokens: async () => 8000,
      count: async (messages) => estimatePrompt(messages) * 2,
    });
    const { prompt, countedTokens } = await completeFitting(build, request, { model, budget }, call);
    assert.equal(countedTokens, estimatePrompt(prompt.messages) * 2);
    assert.ok(countedTokens <= 7100 && countedTokens > 6900, `${countedTokens}`);
  });

  test('is not counted when it is short', async () => {
    const counts: number[] = [];
    const budget = createTokenBudget({ windowTokens: async () => 8000, count: async () => counts.push(1) });
    const short = () => ({ messages: [{ role: 'user' as const, content: 'Hello' }] });
    await completeFitting(short, request, { model: modelThat(really), budget }, call);
    assert.deepEqual(counts, []);
  });
});

describe('a prompt that the server finds too long', () => {
  const tooLong = (): ModelError => new ModelError('too-long', 'It does not fit.');

  test('is built shorter and sent once more', async () => {
    const model = modelThat((messages) => (estimatePrompt(messages) > 4000 ? tooLong() : really(messages)));
    const { completion } = await completeFitting(build, request, { model, budget: windowOf(8000) }, call);
    assert.equal(completion.text, 'Yes.');
    assert.equal(model.sent.length, 2);
  });

  test('is an error when it is still too long', async () => {
    const model = modelThat(tooLong);
    await assert.rejects(completeFitting(build, request, { model, budget: windowOf(8000) }, call), {
      kind: 'too-long',
    });
    assert.equal(model.sent.length, 2);
  });

  test('is an error at once when it can’t be shorter', async () => {
    const model = modelThat(tooLong);
    const same = () => ({ messages: [{ role: 'user' as const, content: 'Hello' }] });
    await assert.rejects(completeFitting(same, request, { model, budget: windowOf(8000) }, call), { kind: 'too-long' });
    assert.equal(model.sent.length, 1);
  });
});

describe('a prompt whose beginning the server drops without a word', () => {
  test('is sent again as short as what was read', async () => {
    const model = modelThat((messages) => Math.min(really(messages), 2050));
    const { prompt, completion } = await completeFitting(build, request, { model, budget: windowOf(8000) }, call);
    assert.equal(model.sent.length, 2);
    assert.ok(really(prompt.messages) <= 2050);
    assert.equal(completion.usage.inputTokens, really(prompt.messages));
  });

  test('gives no answer when that does not help', async () => {
    const model = modelThat(() => 200);
    const budget = windowOf(8000);
    const same = () => build(5000);
    await assert.rejects(completeFitting(same, request, { model, budget }, call), {
      kind: 'config',
      message: /read 200 of about \d+ tokens .*OLLAMA_CONTEXT_LENGTH/,
    });
    assert.equal(budget.ratios.of('test').lower, 0.5);
  });

  test('is recognised exactly where the server had counted it', async () => {
    const model = modelThat((messages) => Math.round(really(messages) * 0.7));
    const budget = createTokenBudget({ windowTokens: async () => 8000, count: async (messages) => really(messages) });
    await assert.rejects(
      completeFitting(() => build(6000), request, { model, budget }, call),
      { kind: 'config' },
    );
  });

  test('is not suspected of a short prompt, or where no usage is told', async () => {
    const short = () => build(900);
    const tiny = await completeFitting(short, request, { model: modelThat(() => 12), budget: windowOf(8000) }, call);
    assert.equal(tiny.completion.text, 'Yes.');
    const scripted = modelThat(() => 0);
    const silent: LanguageModel = {
      servedModels: async () => [],
      async *generate(asked, ctl) {
        const { text } = await complete(scripted, asked, ctl);
        yield { type: 'text', text };
        const usage = { inputTokens: undefined, cachedInputTokens: undefined, outputTokens: undefined };
        yield { type: 'end', finishReason: { unified: 'stop', raw: 'stop' }, usage, model: 'test' };
      },
    };
    const long = await completeFitting(build, request, { model: silent, budget: windowOf(8000) }, call);
    assert.equal(long.completion.text, 'Yes.');
  });
});
