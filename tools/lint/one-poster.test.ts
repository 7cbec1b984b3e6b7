import { onePoster } from './one-poster.ts';
import { testRule } from './rule-cases.ts';

testRule('one-poster', onePoster, {
  good: [
    { file: 'src/turn/deliver.ts', code: 'await intercom.postPart(post);' },
    { file: 'src/intercom/client.ts', code: 'class Client { async postPart(post) {} }' },
    { file: 'src/intercom/client.ts', code: 'export const createClient = () => ({ postPart: async () => {} });' },
    { file: 'src/intercom/client.test.ts', code: 'await client.postPart(post);' },
    { file: 'src/cli/doctor.ts', code: 'await intercom.readMe();' },
  ],
  bad: [
    { file: 'src/cli/doctor.ts', code: 'await intercom.postPart(post);', message: /Nothing is posted/ },
    { file: 'src/turn/learn.ts', code: 'const post = intercom.postPart;', message: /Nothing is posted/ },
    { file: 'src/web/panel.ts', code: 'const { postPart } = intercom;', message: /Nothing is posted/ },
    { file: 'src/web/panel.ts', code: 'function send({ postPart: send }) {}', message: /Nothing is posted/ },
  ],
});
