import type { LinkRule } from '../../src/domain/link-rule.ts';

/** For tests that are not about links. */
export const anyLink: LinkRule = { allows: () => true, knowsAddress: () => true };
