import { DatabaseAway } from '../store/database.ts';
import type { LiveKnowledge } from './live-knowledge.ts';

/** How soon this process learns what another one has written. */
const pollMs = 3000;

/** Keeps the index in step with the database until disposed; where no source is configured it asks for nothing. */
export function startFollowing(knowledge: LiveKnowledge, onError: (error: unknown) => void): Disposable {
  let isBusy = false;
  const run = async (): Promise<void> => {
    if (isBusy || !knowledge.isConfigured) return;
    isBusy = true;
    try {
      await knowledge.catchUp();
    } catch (error) {
      if (!(error instanceof DatabaseAway)) onError(error); // away: the worker says so, and the next time will do
    } finally {
      isBusy = false;
    }
  };
  const timer = setInterval(() => void run(), pollMs);
  void run();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
