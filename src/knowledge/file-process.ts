/** The process that `FileReader` starts: reads one file for each path that it is sent, and answers with an `Answer`. */
import { readFile } from 'node:fs/promises';
import type { Answer } from './file-reader.ts';
import { readFileContent } from './read-file.ts';

async function answer(path: string): Promise<Answer> {
  try {
    return await readFileContent(path, await readFile(path));
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', (path: string) => {
  void answer(path).then((answered) => process.send?.(answered));
});
process.once('disconnect', () => process.exit());
