import type { PersonalDataKind, PersonalDataSpan } from './spans.ts';

/** What stands in a text for a value: capitals and brackets, which models copy as they are. */
const placeholderShape = /\[[A-Z]{2,12}(?:_[A-Z]{2,12})?_\d{1,4}\]/g;

/** No placeholder is longer; a text that streams in holds back this much behind an open bracket. */
const placeholderCharsMax = 36;

const nameOf = (kind: PersonalDataKind): string => kind.toUpperCase().replace('-', '_');

/**
 * Puts placeholders such as `[EMAIL_1]` for personal data, and the data back for the placeholders. One for each call to
 * a model: the same value gets the same placeholder throughout, numbered as the values come, so that what a prompt
 * begins with is masked alike in every call about a conversation.
 */
export class Mask {
  readonly #find: (text: string) => readonly PersonalDataSpan[];
  readonly #kinds: ReadonlySet<PersonalDataKind>;
  readonly #placeholders = new Map<string, string>();
  readonly #values = new Map<string, string>();
  readonly #counts = new Map<PersonalDataKind, number>();

  constructor(find: (text: string) => readonly PersonalDataSpan[], kinds: ReadonlySet<PersonalDataKind>) {
    this.#find = find;
    this.#kinds = kinds;
  }

  hide(text: string): string {
    let hidden = '';
    let from = 0;
    for (const { start, end, kind } of this.#find(text)) {
      if (!this.#kinds.has(kind)) continue;
      hidden += text.slice(from, start) + this.#placeholderOf(kind, text.slice(start, end));
      from = end;
    }
    hidden += text.slice(from);
    // What was found in one place is hidden wherever it stands, also where its neighbours made it look like something else.
    for (const [value, placeholder] of this.#placeholders) hidden = hidden.replaceAll(value, placeholder);
    return hidden;
  }

  /** Placeholders that this mask has not given out stay as they are. `escape` is for a text that is JSON. */
  restore(text: string, escape: (value: string) => string = (value) => value): string {
    return text.replaceAll(placeholderShape, (placeholder) => {
      const value = this.#values.get(placeholder);
      return value === undefined ? placeholder : escape(value);
    });
  }

  #placeholderOf(kind: PersonalDataKind, value: string): string {
    const known = this.#placeholders.get(value);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const placeholder = `[${nameOf(kind)}_${count}]`;
    this.#placeholders.set(value, placeholder);
    this.#values.set(placeholder, value);
    return placeholder;
  }
}

/** How much of a text that is still coming can be restored now: all but what may be the beginning of a placeholder. */
export function restorableChars(text: string): number {
  const open = text.lastIndexOf('[');
  const isOpen = open !== -1 && !text.includes(']', open) && text.length - open < placeholderCharsMax;
  return isOpen ? open : text.length;
}
