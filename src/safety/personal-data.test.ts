import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { z } from 'zod';
import { readDataset } from '../../test/support/datasets.ts';
import { findPersonalData } from './personal-data.ts';
import type { PersonalDataKind } from './spans.ts';

const found = (text: string): readonly string[] =>
  findPersonalData(text).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);

/** The kinds that the data set of templates also knows. */
const kinds: ReadonlyMap<string, PersonalDataKind> = new Map([
  ['EMAIL_ADDRESS', 'email'],
  ['CREDIT_CARD', 'card'],
  ['IBAN_CODE', 'iban'],
  ['US_SSN', 'national-id'],
  ['IP_ADDRESS', 'ip-address'],
  ['PHONE_NUMBER', 'phone'],
]);

const Sentence = z.object({
  text: z.string(),
  spans: z.array(z.object({ type: z.string(), start: z.number(), end: z.number() })),
});
const Message = z.object({ text: z.string() });

type Count = { gold: number; hit: number; found: number; right: number };

function countSpans(sentences: readonly z.infer<typeof Sentence>[]): ReadonlyMap<PersonalDataKind, Count> {
  const counts = new Map<PersonalDataKind, Count>();
  const countOf = (kind: PersonalDataKind): Count => {
    const count = counts.get(kind) ?? { gold: 0, hit: 0, found: 0, right: 0 };
    counts.set(kind, count);
    return count;
  };
  for (const { text, spans } of sentences) {
    const gold = spans.flatMap(({ type, ...place }) => {
      const kind = kinds.get(type);
      return kind === undefined ? [] : { ...place, kind };
    });
    const seen = findPersonalData(text);
    const meets = (a: (typeof seen)[number], b: (typeof seen)[number]): boolean =>
      a.kind === b.kind && a.start < b.end && b.start < a.end;
    for (const span of gold) {
      countOf(span.kind).gold += 1;
      if (seen.some((one) => meets(one, span))) countOf(span.kind).hit += 1;
    }
    for (const span of seen) {
      countOf(span.kind).found += 1;
      if (gold.some((one) => meets(one, span))) countOf(span.kind).right += 1;
    }
  }
  return counts;
}

function print(t: TestContext, kind: PersonalDataKind, { gold, hit, found: all, right }: Count): void {
  const figures = `recall ${(hit / gold).toFixed(3)} of ${gold}, precision ${(right / all).toFixed(3)} of ${all}`;
  t.diagnostic(`${kind}: ${figures}`);
}

describe('personal data', () => {
  test('is found where people write it, and named by kind', () => {
    const text =
      'Mail jo.smith+shop@example.co.uk or call +44 20 7946 0958. Card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00, ' +
      'api key: sk-test-a1b2c3d4e5f6g7h8i9, my SSN is 536-90-4399, I came from 203.0.113.77.';
    assert.deepEqual(found(text), [
      'email jo.smith+shop@example.co.uk',
      'phone +44 20 7946 0958',
      'card 4111 1111 1111 1111',
      'iban DE89 3704 0044 0532 0130 00',
      'key sk-test-a1b2c3d4e5f6g7h8i9',
      'national-id 536-90-4399',
      'ip-address 203.0.113.77',
    ]);
  });

  test('leaves versions, dates, builds, ports, order numbers and false check digits alone', () => {
    const text =
      'Thunderbird 128.4.3 (64-bit), build 20230814191200, on Windows 10 21H2 19044-2728, since 2023-08-14 19:12. ' +
      'Order 104-2233445, port 993, error 0x80004005, IMAP at 192.168.1.10, card 4111 1111 1111 1112, ' +
      'IBAN DE00 3704 0044 0532 0130 00, password is incorrect, 1.500.000 mails in 2019-2023.';
    assert.deepEqual(found(text), []);
  });

  test('is found and rarely imagined in the templates’ sentences, kind by kind', (t) => {
    const lines = readDataset(t, 'pii/presidio_synth.jsonl');
    if (lines === undefined) return;
    const counts = countSpans(lines.map((line) => Sentence.parse(line)));
    for (const [kind, count] of counts) {
      print(t, kind, count);
      assert.ok(count.hit / count.gold >= 0.92, `recall of ${kind}`);
      assert.ok(count.right / count.found >= 0.98, `precision of ${kind}`);
    }
  });

  test('is imagined in at most 5 % of real messages that hold none', (t) => {
    const lines = readDataset(t, 'pii/support_negatives.jsonl');
    if (lines === undefined) return;
    const touched = lines.filter((line) => findPersonalData(Message.parse(line).text).length > 0).length;
    t.diagnostic(`${touched} of ${lines.length} messages touched`);
    assert.ok(touched / lines.length <= 0.05);
  });
});
