import { z } from 'zod';

/** `links`: where what a model wrote may lead. */
export const Links = z.strictObject({
  hosts: z
    .array(
      z
        .string()
        .regex(
          /^(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)*[a-z\d](?:[a-z\d-]*[a-z\d])?$/i,
          'a host is written as help.example.com, without https:// and without a path',
        ),
    )
    .default([])
    .describe(
      'Hosts of yours that drafts may link to, each with all below it. Hosts of sources, and those that teammates and instructions name, are allowed anyway.',
    ),
});
