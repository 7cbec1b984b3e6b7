import { z } from 'zod';
import type { SourceSettings } from '../../domain/source-settings.ts';

const named = (fallback: string) =>
  z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,59}$/, 'a name is made of a-z, 0-9, dots and hyphens')
    .default(fallback)
    .describe('What people and document ids call it; unique.');

const audience = z
  .enum(['public', 'internal'])
  .default('public')
  .describe('internal: informs teammates and is never quoted to a contact.');

const Source = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('help-center'),
    name: named('help-center'),
    languages: z.array(z.string().min(2)).default([]).describe('Only these locales, such as en or pt-BR; empty: all.'),
    restricted: z
      .enum(['public', 'internal', 'skip'])
      .default('internal')
      .describe('What becomes of published articles that not every visitor may see.'),
  }),
  z.strictObject({ type: z.literal('internal-articles'), name: named('internal-articles') }),
  z.strictObject({ type: z.literal('macros'), name: named('macros') }),
  z.strictObject({
    type: z.literal('folder'),
    name: named('folder'),
    path: z.string().min(1).describe('With Markdown, HTML, text, PDF and DOCX files, also in folders below.'),
    audience,
  }),
  z.strictObject({
    type: z.literal('web'),
    name: named('web'),
    url: z.url({ protocol: /^https?$/, error: 'it must be a URL that begins with http:// or https://' }),
    audience,
    pagesMax: z.int().min(1).max(20_000).default(500).describe('Pages that are read at most.'),
    delaySeconds: z.number().min(0).max(60).default(1).describe('Between two requests; robots.txt may ask for more.'),
  }),
]);

/** `knowledge`: what drafts stand on. */
export const KnowledgeSection = z.strictObject({
  sources: z
    .array(Source)
    .default([])
    .superRefine((sources, context) => {
      for (const [index, { name }] of sources.entries()) {
        if (sources.findIndex((source) => source.name === name) === index) continue;
        const message = `two sources are called "${name}": give one of them another name`;
        context.addIssue({ code: 'custom', message, path: [index, 'name'] });
      }
    })
    .transform((sources): readonly SourceSettings[] =>
      sources.map((source) => (source.type === 'web' ? { ...source, url: new URL(source.url) } : source)),
    ),
  syncMinutes: z
    .int()
    .min(5)
    .max(10_080)
    .default(60)
    .describe('From the end of a sync to the next one; article webhooks take effect at once.'),
});
