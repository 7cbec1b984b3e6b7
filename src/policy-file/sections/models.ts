import { z } from 'zod';
import { parseBaseUrl } from '../../llm/base-url.ts';
import { serverRoles } from '../../llm/servers/settings.ts';

/** A check, not a transform: the published JSON Schema describes what people write. */
const Url = z.string().superRefine((text, context) => {
  const parsed = parseBaseUrl(text);
  if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.reason.replace(/\.$/, '') });
});

/** `models`: the model servers, in the place of LLM_BASE_URL, LLM_MODEL, LLM_KIND and LLM_CONCURRENCY. */
export const Models = z.array(
  z.strictObject({
    url: Url.describe('Address of the server, with or without /v1.'),
    model: z.string().trim().min(1).optional().describe('Default: the served model, if there is exactly one.'),
    kind: z.enum(['auto', 'openai', 'ollama']).default('auto').describe('What the server speaks.'),
    concurrency: z.int().min(1).max(1000).default(8).describe('Calls that the server gets at the same time.'),
    roles: z
      .array(z.enum(serverRoles))
      .min(1)
      .default(['draft', 'decide'])
      .describe('What it is used for: draft, decide (short decisions), embed, rerank.'),
    keyFrom: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/, 'it must be the name of an environment variable, such as GPU2_KEY')
      .default('LLM_API_KEY')
      .describe('Environment variable that holds the key of the server; NAME_FILE works as well.'),
    drain: z.boolean().default(false).describe('Finishes what it has and gets nothing new.'),
  }),
);
