import type { Knowledge } from '../knowledge/knowledge.ts';
import { createKnowledge } from '../knowledge/live-knowledge.ts';
import { createRetrievalModels } from '../retrieval-models.ts';
import { maskOf } from '../wiring.ts';
import type { Io } from './command.ts';
import type { Settings } from './settings.ts';
import { isDatabaseMade, openStored } from './stored.ts';

const nothing: Knowledge = {
  isConfigured: false,
  retrieve: async () => await Promise.resolve({ passages: [], documents: [] }),
  languagesOfWords: async () => await Promise.resolve(new Map()),
};

/**
 * What the sources of sidenote.yaml have given so far, as the database has it; it is left as it is. Where there is no
 * source or no database yet, knowledge that is not configured. @throws SchemaMismatch, DatabaseAway
 */
export async function openKnowledge(
  settings: Settings,
  io: Io,
): Promise<{ readonly knowledge: Knowledge } & AsyncDisposable> {
  const { config, secrets, policyFile } = settings;
  await using stack = new AsyncDisposableStack();
  let knowledge = nothing;
  if (policyFile.knowledge.sources.length > 0 && isDatabaseMade(settings)) {
    const db = stack.use(await openStored(settings));
    const hooks = { onRefused: io.printError, now: Date.now, mask: maskOf(() => policyFile) };
    const models = stack.use(createRetrievalModels({ model: config.model, modelKeys: secrets.modelKeys }, hooks));
    const onModelCalled = (error: Error | undefined): void => {
      if (error !== undefined) io.printError(error.message);
    };
    knowledge = createKnowledge({ db, models, isConfigured: () => true, onModelCalled });
  } else if (policyFile.knowledge.sources.length > 0) {
    io.printError('The sources have not been read yet, so this draft stands on none: "sidenote sync" reads them.');
  }
  const owned = stack.move();
  return { knowledge, [Symbol.asyncDispose]: async () => await owned.disposeAsync() };
}
