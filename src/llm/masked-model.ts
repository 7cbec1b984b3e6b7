import { Mask, restorableChars } from '../safety/masking.ts';
import type { PersonalDataKind, PersonalDataSpan } from '../safety/spans.ts';
import type { LanguageModel, ModelCall, ModelEvent, ModelRequest } from './model.ts';

export type MaskSettings = {
  /** Asked anew for each call; empty: nothing is masked. */
  readonly kinds: () => ReadonlySet<PersonalDataKind>;
  /** Loaded with the first call that needs it. */
  readonly loadFinder: () => Promise<(text: string) => readonly PersonalDataSpan[]>;
};

/** A value inside a JSON string. */
const asJson = (value: string): string => JSON.stringify(value).slice(1, -1);

/**
 * A model that never gets to see the personal data of the kinds that are set: what contacts and teammates wrote, and
 * passages, hold placeholders instead, and the answer has the data again. The system message is the team's own and stays.
 */
export function withMask(model: LanguageModel, settings: MaskSettings): LanguageModel {
  async function* generate(request: ModelRequest, call: ModelCall): AsyncGenerator<ModelEvent> {
    const kinds = settings.kinds();
    if (kinds.size === 0) {
      yield* model.generate(request, call);
      return;
    }
    const mask = new Mask(await settings.loadFinder(), kinds);
    const messages = request.messages.map((message) =>
      message.role === 'system' ? message : { ...message, content: mask.hide(message.content) },
    );
    const restore = (text: string): string =>
      request.answerFormat === undefined ? mask.restore(text) : mask.restore(text, asJson);
    let held = '';
    for await (const event of model.generate({ ...request, messages }, call)) {
      if (event.type === 'text') {
        held += event.text;
        const chars = restorableChars(held);
        if (chars > 0) yield { type: 'text', text: restore(held.slice(0, chars)) };
        held = held.slice(chars);
        continue;
      }
      if (held !== '') yield { type: 'text', text: restore(held) };
      yield event;
    }
  }
  return { ...model, generate };
}
