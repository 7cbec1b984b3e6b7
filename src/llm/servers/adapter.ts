import type { LanguageModel } from '../model.ts';
import { createLanguageModel } from '../create-model.ts';
import type { ServerFamily } from '../family.ts';
import type { ServerDeps } from './server.ts';
import type { ServerSettings } from './settings.ts';

/** The adapter that speaks a server's language. @throws ModelError `config`, for an address or a key that can't work */
export const createAdapter = (
  settings: ServerSettings,
  deps: ServerDeps,
  family: () => ServerFamily | undefined,
): LanguageModel =>
  createLanguageModel(settings.kind, {
    baseUrl: settings.baseUrl,
    apiKey: deps.apiKey,
    model: settings.model,
    timeouts: deps.timeouts,
    dispatcher: deps.dispatcher,
    concurrencyMax: settings.callsMax,
    now: deps.now,
    onNotice: deps.onNotice,
    family,
  });
