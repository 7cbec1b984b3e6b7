import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from './command.ts';

/** What stands after a command, as it was given. @throws UsageError where there is more than `countMax`, which nobody would read */
export function atMost(countMax: number, given: readonly string[]): readonly string[] {
  const surplus = given[countMax];
  if (surplus === undefined) return given;
  throw new UsageError(`There is one argument too many: "${surplus}".`);
}

/** @throws UsageError when the file is not there, may not be read, or is no JSON */
export async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} can't be read: check the path and its permissions.`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${file} is not JSON: give the file as Intercom sent it.`, { cause });
  }
}

/** What is wrong with a line of a JSONL file, without what stands in it. */
export function whyUnusable(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not JSON';
  if (!(error instanceof z.ZodError)) return String(error);
  const fields = error.issues.map(({ path, message }) => `"${path.join('.') || 'the line'}" is wrong: ${message}`);
  return fields.join('; ');
}
