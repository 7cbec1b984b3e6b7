import { resolve } from 'node:path';
import { ConfigError, parseConfig, type ParsedConfig } from '../config.ts';
import { type PolicyFile, readPolicyFile } from '../policy-file/policy-file.ts';
import type { Io } from './command.ts';

export type Settings = ParsedConfig & { readonly policyFile: PolicyFile };

/** Where sidenote.yaml is, whether it is there or not. */
export const policyPath = ({ environment }: Pick<Io, 'environment'>): string =>
  resolve(environment['SIDENOTE_CONFIG']?.trim() || './sidenote.yaml');

/** Environment and sidenote.yaml. @throws ConfigError with the problems of both at once. */
export function readSettings(io: Io, needs: { readonly intercom: boolean; readonly model: boolean }): Settings {
  const problems: string[] = [];
  const policyFile = readPolicyFile(policyPath(io));
  let parsed: ReturnType<typeof parseConfig> | undefined;
  try {
    parsed = parseConfig(io.environment, needs, policyFile.ok ? policyFile.value.models : []);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
  }
  if (!policyFile.ok) problems.push(...policyFile.reason);
  if (parsed === undefined || !policyFile.ok) throw new ConfigError(problems);
  return { ...parsed, policyFile: policyFile.value };
}
