import type { LinkRule } from '../domain/link-rule.ts';
import type { Draft } from './draft.ts';

/** A draft, with what it is held against. */
export type CheckInput = {
  readonly draft: Draft;
  /** All that the model wrote and a person would see. */
  readonly shown: string;
  readonly promptMark: string;
  readonly secrets: readonly string[];
  readonly links: LinkRule;
};

export type Check = {
  readonly name: string;
  /** What speaks against the draft, or undefined. */
  readonly find: (input: CheckInput) => { readonly kind: 'caution' | 'withhold'; readonly says: string } | undefined;
};
