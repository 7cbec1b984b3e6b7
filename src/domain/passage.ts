/** Where a document comes from: an Intercom article (public or internal), a saved reply, a file, a web page. */
export type SourceKind = 'article' | 'internal-article' | 'macro' | 'file' | 'web';

/** Who may read it. What is internal helps a teammate and is never quoted to a contact. */
export type Audience = 'public' | 'internal';

/** One thing that somebody wrote and that can be read again by its id, at its newest version. */
export type KnowledgeDocument = {
  /** Stable: the source's name, a colon, the source's own id of it. */
  readonly id: string;
  readonly kind: SourceKind;
  readonly sourceName: string;
  readonly title: string;
  readonly url: string | undefined;
  /** As the source gives it, such as `en` or `pt-BR`. */
  readonly locale: string | undefined;
  readonly audience: Audience;
  /** A heading may end with ` {#anchor}`, which is then its anchor in `url`. */
  readonly markdown: string;
  /** Unix seconds by the source's clock. */
  readonly updatedAt: number | undefined;
};

/** A slice of a document: one section, or a part of a long one. */
export type Passage = {
  /** Stable: the document's id and a hash of what the passage says, so a changed passage is a new one. */
  readonly id: string;
  readonly documentId: string;
  readonly kind: SourceKind;
  /** The document's title. */
  readonly title: string;
  /** The headings above the text, outermost first, without the document's title. */
  readonly headingPath: readonly string[];
  /** Markdown, without its headings. */
  readonly text: string;
  /** Leads to the exact section where its anchor is known. */
  readonly url: string | undefined;
  /** ISO 639-1. */
  readonly language: string | undefined;
  readonly audience: Audience;
};
