import { constantLogMessage } from './constant-log-message.ts';
import { testRule } from './rule-cases.ts';

const file = 'src/events.ts';

testRule('constant-log-message', constantLogMessage, {
  good: [
    { file, code: "log.info('listening');" },
    { file, code: "this.log.warn({ turnId }, 'turn superseded');" },
    { file, code: 'logger.error({ err: error }, `database away`);' },
    { file, code: 'console.error(`Cannot start: ${reason}`); const x = Math.log(2); catalog.info(name);' },
    { file: 'src/events.test.ts', code: 'log.info(text);' },
  ],
  bad: [
    { file, code: 'log.info(`turn ${turnId} delivered`);', message: /constant message/ },
    { file, code: "log.warn('turn ' + turnId);", message: /constant message/ },
    { file, code: 'log.error({ turnId }, error.message);', message: /constant message/ },
    { file, code: 'log.debug({ turnId });', message: /constant message/ },
    { file, code: "this.deps.log.info('turn %s', turnId);", message: /constant message/ },
    { file, code: "log.info({ turnId }, 'turn', text);", message: /constant message/ },
  ],
});
