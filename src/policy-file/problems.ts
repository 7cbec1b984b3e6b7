import { type Document, isMap, isNode, isScalar } from 'yaml';
import type { z } from 'zod';
import { suggest } from '../lib/suggest.ts';
import { knownKeys } from './json-schema.ts';

/** Tells where an offset is, such as `sidenote.yaml:3:5`. */
export type Place = (offset: number) => string;

/** What is wrong with a setting, a sentence for each, with line and column in front. */
export function issueSentences(issue: z.core.$ZodIssue, document: Document, at: Place): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const setting = [...issue.path, key].join('.');
      const meant = suggest(key, knownKeys(issue.path));
      return `${at(keyOffset(document, issue.path, key))} "${setting}" is not a setting that this version knows: correct or remove it.${perhaps(meant)}`;
    });
  }
  const setting = issue.path.join('.');
  const what = setting === '' ? 'The file' : `"${setting}"`;
  const meant = meantValue(issue, document);
  return [`${at(valueOffset(document, issue.path))} ${what} is wrong: ${issue.message}.${perhaps(meant)}`];
}

const perhaps = (meant: string | undefined): string => (meant === undefined ? '' : ` Perhaps "${meant}" is meant.`);

/** The one of a few allowed values that was probably meant. */
function meantValue(issue: z.core.$ZodIssue, document: Document): string | undefined {
  if (issue.code !== 'invalid_value') return undefined;
  const written = document.getIn(issue.path);
  return typeof written === 'string' ? suggest(written, issue.values.map(String)) : undefined;
}

/** Where the value at `path` begins, or the nearest one around it that is written down. */
function valueOffset(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range != null) return node.range[0];
  }
  return 0;
}

/** Where `key` stands in the map at `path`. */
function keyOffset(document: Document, path: readonly PropertyKey[], key: string): number {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  const keys = isMap(map) ? map.items.map((pair) => pair.key) : [];
  const node = keys.find((one) => isScalar(one) && String(one.value) === key);
  return isScalar(node) && node.range != null ? node.range[0] : valueOffset(document, path);
}
