/** Writes docs/sidenote.schema.json anew: `npm run schema`, whenever a section of sidenote.yaml has changed. */
import { writeFileSync } from 'node:fs';
import { policyJsonSchema } from '../src/policy-file/json-schema.ts';

const file = new URL('../docs/sidenote.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(policyJsonSchema(), undefined, 2)}\n`);
