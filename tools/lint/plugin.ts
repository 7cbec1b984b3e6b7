import { constantLogMessage } from './constant-log-message.ts';
import { layers } from './layers.ts';
import { noModuleState } from './no-module-state.ts';
import { oneDoor } from './one-door.ts';
import { onePoster } from './one-poster.ts';
import { pureDomain } from './pure-domain.ts';
import { wireWords } from './wire-words.ts';

/** Our own rules: what ARCHITECTURE.md promises and a machine can hold. Named in .oxlintrc.json. */
export default {
  meta: { name: 'sidenote' },
  rules: {
    layers,
    'constant-log-message': constantLogMessage,
    'no-module-state': noModuleState,
    'one-door': oneDoor,
    'one-poster': onePoster,
    'pure-domain': pureDomain,
    'wire-words': wireWords,
  },
};
