import type { Audience } from './passage.ts';

/** Where knowledge is read from, as sidenote.yaml says it. `name` is unique and part of every document's id. */
export type SourceSettings =
  | HelpCenterSettings
  | { readonly type: 'internal-articles'; readonly name: string }
  | { readonly type: 'macros'; readonly name: string }
  | FolderSettings
  | WebSettings;

export type HelpCenterSettings = {
  readonly type: 'help-center';
  readonly name: string;
  /** Locales to read, such as `en` or `pt-BR`; empty: all. */
  readonly languages: readonly string[];
  /** What articles are to us that not every visitor may see. */
  readonly restricted: Audience | 'skip';
};

export type FolderSettings = {
  readonly type: 'folder';
  readonly name: string;
  readonly path: string;
  readonly audience: Audience;
};

export type WebSettings = {
  readonly type: 'web';
  readonly name: string;
  /** A sitemap, or a page from which links lead to the others. */
  readonly url: URL;
  readonly audience: Audience;
  readonly pagesMax: number;
  /** Seconds between two requests; robots.txt may ask for more. */
  readonly delaySeconds: number;
};
