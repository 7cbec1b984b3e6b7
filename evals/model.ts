import { parseConfig } from '../src/config.ts';
import { systemClock } from '../src/lib/clock.ts';
import { defaultPolicyFile } from '../src/policy-file/policy-file.ts';
import { createNeighbours, draftSettings } from '../src/wiring.ts';
import { measureAnswerability } from './answerability.ts';
import type { CaseFolder } from './cases.ts';
import type { Figure } from './figures.ts';

/** The figures that need a model: none where no LLM_BASE_URL is set. @throws ModelError */
export async function measureByModel(
  folder: CaseFolder,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly Figure[]> {
  if (!environment['LLM_BASE_URL']) return [];
  const { config, secrets } = parseConfig(environment, { intercom: false, model: true });
  await using neighbours = createNeighbours(config, secrets, { onRefused: console.error }, systemClock);
  const { signal } = new AbortController();
  const { model, budget } = neighbours;
  return await measureAnswerability(
    folder,
    defaultPolicyFile.policy,
    { model, budget, settings: draftSettings, lane: 'background' },
    signal,
  );
}
