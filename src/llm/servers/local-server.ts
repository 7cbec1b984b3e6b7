import { Breaker } from '../../lib/breaker.ts';
import { createLocalModel } from '../local/local-model.ts';
import { localModelName } from '../local/gguf-file.ts';
import { createCaretaker } from './caretaker.ts';
import type { ServerFacts } from './facts.ts';
import { judgeFacts } from './findings.ts';
import { tryDrafting } from './probe.ts';
import { breakerRules } from './server-failure.ts';
import type { ModelServer, ServerDeps } from './server.ts';
import type { LocalSettings } from './settings.ts';

/** The local model in the place of a model server: probed, watched and reported like one. */
export function createLocalServer(
  settings: LocalSettings,
  deps: Omit<ServerDeps, 'apiKey' | 'dispatcher'>,
): ModelServer {
  const name = localModelName(settings.path);
  const { now, monotonicNow, onEvent, onNotice } = deps;
  let facts: ServerFacts | undefined;
  let isDraining = false;
  const model = createLocalModel({ ...settings, totalMs: deps.timeouts.totalMs, now, onNotice });
  const breaker = new Breaker(breakerRules, {
    now,
    random: deps.random,
    onChange: (state) => onEvent({ type: 'breaker', server: name, state }),
  });

  async function probe(signal: AbortSignal): Promise<ServerFacts> {
    const { windowTokens, gpu } = await model.load(signal);
    const drafting = await tryDrafting({ model, monotonicNow }, signal);
    const found = {
      family: 'local' as const,
      version: gpu === undefined ? `(${settings.threads} threads)` : `(${settings.threads} threads, ${gpu})`,
      servedModels: [name],
      model: name,
      windowTokens,
      ...drafting,
      countsTokens: true,
      embeddingSize: 0,
      reranks: false,
    };
    facts = { ...found, findings: judgeFacts(found) };
    onEvent({ type: 'probed', server: name, facts });
    return facts;
  }

  const caretaker = createCaretaker({
    name,
    model,
    http: undefined,
    breaker,
    now,
    monotonicNow,
    probe,
    facts: () => facts,
  });

  return {
    name,
    modelName: name,
    model,
    breaker,
    probe,
    look: async (isBusy, signal) => await caretaker.look(isBusy, signal),
    roles: new Set(['draft', 'decide']),
    callsMax: 1,
    isDraining: () => isDraining,
    drain: (drains) => void (isDraining = drains),
    get facts() {
      return facts;
    },
    stop: async () => await Promise.resolve(model[Symbol.dispose]()),
    countTokens: async (messages, signal) => await model.countTokens(messages, signal).catch(() => undefined),
  };
}
