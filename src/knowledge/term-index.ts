import type { Passage } from '../domain/passage.ts';
import { type Analyse, createAnalyser } from './analyser.ts';
import { type FieldCounts, packCounts, positionOf, type Posting } from './postings.ts';
import { createLexicon, type Lexicon } from './lexicon.ts';
import type { IndexedDocument } from './search.ts';

/** A document in the index: its passages stand in the slots from `start` up to, not including, `end`. */
export type Entry = {
  readonly document: IndexedDocument['document'];
  readonly passages: readonly Passage[];
  readonly titleTerms: ReadonlySet<string>;
  /** Terms in headings and texts. */
  words: number;
  start: number;
  end: number;
};

/** Lengths in terms, by slot. */
type Lengths = { readonly title: number[]; readonly headings: number[]; readonly text: number[] };
type Totals = { title: number; headings: number; text: number };

/** Removed passages leave empty slots; above this number, and half of all, the rest moves together. */
const emptySlotsMin = 1000;

/** The inverted index of all documents of one language. */
export class TermIndex {
  readonly analyse: Analyse;
  readonly postings = new Map<string, Posting>();
  readonly lexicon: Lexicon = createLexicon();
  readonly lengths: Lengths = { title: [], headings: [], text: [] };
  readonly totals: Totals = { title: 0, headings: 0, text: 0 };
  /** By slot; undefined where the passage was removed. */
  readonly entryAt: (Entry | undefined)[] = [];
  readonly entries = new Map<string, Entry>();
  passages = 0;

  constructor(language: string | undefined) {
    this.analyse = createAnalyser(language);
  }

  add({ document, passages }: IndexedDocument): void {
    const start = this.entryAt.length;
    const titleTerms = new Set(this.analyse(document.title));
    const entry: Entry = { document, passages, titleTerms, words: 0, start, end: start + passages.length };
    const touched = new Set<string>();
    for (const passage of passages) this.#addPassage(entry, passage, touched);
    this.entries.set(document.id, entry);
    this.passages += passages.length;
    for (const term of touched) this.#countDocument(term);
  }

  remove(documentId: string): void {
    const entry = this.entries.get(documentId);
    if (entry === undefined) return;
    this.entries.delete(documentId);
    this.passages -= entry.passages.length;
    const terms = new Set(entry.passages.flatMap((passage) => [...this.#countsOf(entry, passage).counts.keys()]));
    for (const term of terms) this.#dropSlots(term, entry);
    for (let slot = entry.start; slot < entry.end; slot++) {
      for (const field of ['title', 'headings', 'text'] as const) {
        this.totals[field] -= this.lengths[field][slot] ?? 0;
      }
      this.entryAt[slot] = undefined;
    }
    const empty = this.entryAt.length - this.passages;
    if (empty > emptySlotsMin && empty > this.passages) this.#compact();
  }

  #addPassage(entry: Entry, passage: Passage, touched: Set<string>): void {
    const slot = this.entryAt.length;
    const { counts, lengths } = this.#countsOf(entry, passage);
    for (const [term, fields] of counts) {
      const posting = this.postings.get(term) ?? { slots: [], counts: [], documents: 0 };
      posting.slots.push(slot);
      posting.counts.push(packCounts(fields));
      if (posting.slots.length === 1) this.postings.set(term, posting);
      touched.add(term);
    }
    for (const field of ['title', 'headings', 'text'] as const) {
      this.lengths[field].push(lengths[field]);
      this.totals[field] += lengths[field];
    }
    entry.words += lengths.headings + lengths.text;
    this.entryAt.push(entry);
  }

  #countsOf(entry: Entry, passage: Passage): { counts: Map<string, FieldCounts>; lengths: Totals } {
    const fields = {
      title: this.analyse(entry.document.title),
      headings: this.analyse(passage.headingPath.join('\n')),
      text: this.analyse(passage.text),
    };
    const counts = new Map<string, FieldCounts>();
    for (const field of ['title', 'headings', 'text'] as const) {
      for (const term of fields[field]) {
        const counted = counts.get(term) ?? { title: 0, headings: 0, text: 0 };
        counted[field] += 1;
        counts.set(term, counted);
      }
    }
    const lengths = { title: fields.title.length, headings: fields.headings.length, text: fields.text.length };
    return { counts, lengths };
  }

  #countDocument(term: string): void {
    const posting = this.postings.get(term);
    if (posting === undefined) return;
    posting.documents += 1;
    if (posting.documents === 1) this.lexicon.add(term);
  }

  #dropSlots(term: string, { start, end }: Entry): void {
    const posting = this.postings.get(term);
    if (posting === undefined) return;
    const from = positionOf(posting.slots, start);
    const to = positionOf(posting.slots, end);
    posting.slots.splice(from, to - from);
    posting.counts.splice(from, to - from);
    posting.documents -= 1;
    if (posting.slots.length > 0) return;
    this.postings.delete(term);
    this.lexicon.remove(term);
  }

  /** Closes the gaps. Slots keep their order, so postings stay ascending. */
  #compact(): void {
    const moved = new Map<number, number>();
    for (const [slot, entry] of this.entryAt.entries()) if (entry !== undefined) moved.set(slot, moved.size);
    for (const { slots } of this.postings.values()) {
      for (const [position, slot] of slots.entries()) slots[position] = moved.get(slot) ?? slot;
    }
    for (const field of ['title', 'headings', 'text'] as const) {
      moveTogether(this.lengths[field], moved);
    }
    moveTogether(this.entryAt, moved);
    for (const entry of this.entries.values()) {
      entry.start = moved.get(entry.start) ?? 0;
      entry.end = entry.start + entry.passages.length;
    }
  }
}

/** `moved`: from the old slot to the new one, ascending. */
function moveTogether(values: unknown[], moved: ReadonlyMap<number, number>): void {
  for (const [from, to] of moved) values[to] = values[from];
  values.length = moved.size;
}
