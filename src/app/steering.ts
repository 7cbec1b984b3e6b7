import { hostname } from 'node:os';
import { join } from 'node:path';
import { KillSwitch } from '../kill-switch.ts';
import type { PolicyFile } from '../policy-file/policy-file.ts';
import { PolicyWatch } from '../policy-file/watch.ts';
import type { AppSettings, Core, Overrides } from './core.ts';

export type Steering = {
  readonly killSwitch: KillSwitch;
  readonly policy: PolicyWatch;
  readonly policyFile: () => PolicyFile;
};

/** What people steer with while Sidenote runs. `adopt` is `PolicyHooks.adopt`. */
export function createSteering(
  core: Core,
  { config, policyFile: firstPolicy }: AppSettings,
  overrides: Overrides,
  { onResume, adopt }: { readonly onResume: () => void; readonly adopt: (file: PolicyFile) => readonly string[] },
): Steering {
  const { db, events, now, onError } = core;
  const policy = new PolicyWatch(config.policyPath, firstPolicy, {
    complete: overrides.completePolicyFile,
    adopt,
    onReloaded: (file) => events.policyReloaded({ mode: file.policy.mode, rules: file.policy.rules.length }),
    onRefused: (problems) => events.policyRefused(problems),
  });
  const killSwitch = new KillSwitch({
    db,
    path: join(config.dataDir, 'pause'),
    host: hostname(),
    now,
    onError,
    onChange: (pauses) => {
      events.pauseChanged(pauses.map(({ reason }) => reason));
      if (pauses.length === 0) onResume();
    },
  });
  return { killSwitch, policy, policyFile: overrides.policyFile ?? (() => policy.current) };
}
