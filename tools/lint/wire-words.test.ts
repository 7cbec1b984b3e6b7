import { testRule } from './rule-cases.ts';
import { wireWords } from './wire-words.ts';

const file = 'src/turn/gather.ts';

testRule('wire-words', wireWords, {
  good: [
    { file, code: 'const teammateId = part.author.id;' },
    { file, code: 'const administer = badminton + administrator;' },
    { file, code: "const name = 'INTERCOM_ADMIN_ID'; const value = environment.INTERCOM_ADMIN_ID;" },
    { file, code: "throw new Error('Ask an admin of the workspace for the scope.');" },
    { file, code: '// part_type decides nothing here: admin_id neither' },
    { file: 'src/intercom/schema.ts', code: 'const kind = raw.part_type; const adminId = raw.admin_id;' },
    { file: 'src/turn/gather.test.ts', code: 'const kind = raw.part_type;' },
    { file: 'simulator/server.ts', code: 'const kind = raw.part_type;' },
  ],
  bad: [
    { file, code: 'const kind = raw.part_type;', message: /`part_type` is Intercom's wire name.*Our word is `kind`/ },
    { file, code: "const id = raw['admin_id'];", message: /`admin_id`/ },
    { file, code: 'const parts = { conversation_parts: [] };', message: /`conversation_parts`/ },
    { file, code: "const query = 'select admin_assignee_id from turns';", message: /`admin_assignee_id`/ },
    { file, code: 'const query = sql`select ${id}, part_type from turns`;', message: /`part_type`/ },
    { file, code: 'const adminId = 1;', message: /Ours is `teammate`/ },
    { file, code: 'class Admin {}', message: /Ours is `teammate`/ },
    { file, code: 'function isAdmin() {}', message: /Ours is `teammate`/ },
    { file, code: 'class Team { #admins = 1; }', message: /Ours is `teammate`/ },
    { file, code: "const isTeammate = author.type === 'admin';", message: /Ours is `teammate`/ },
  ],
});
