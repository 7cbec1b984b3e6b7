import { z } from 'zod';
import { defaultClosing } from '../../domain/closing-line.ts';
import { Channel } from './channel.ts';

const name = z.string().trim().min(1, 'it must not be empty');

const LocalText = z.union([
  z.string(),
  z.record(z.string().regex(/^[a-z]{2}$/, 'give a language as de or en'), z.string()),
]);

/** `replying`: when a draft of the mode `reply` is really sent. */
export const Replying = z
  .strictObject({
    topics: z
      .union([z.literal('any'), z.array(name)])
      .default([])
      .describe('Topics that may be answered, or any; empty: none, and every reply becomes a note.'),
    withoutSources: z.boolean().default(false).describe('Also where no knowledge source is configured.'),
    channels: z
      .array(Channel)
      .default(['messenger'])
      .describe('Where replies are sent. Intercom may not deliver a reply to a conversation by email.'),
    inARow: z.int().min(1).max(50).default(3).describe('Replies in a conversation without a teammate between them.'),
    readingSeconds: z
      .int()
      .min(0)
      .max(60)
      .default(3)
      .describe('An answer to a reply that comes sooner was written by a machine, and gets a note.'),
    hourly: z.int().min(0).max(100_000).default(30).describe('Replies an hour in the whole workspace.'),
    spacingSeconds: z.int().min(0).max(60).default(2).describe('From one reply of the workspace to the next.'),
    handOver: name.optional().describe('The team, by name or id, that gets the conversation where a person is needed.'),
    disclosure: LocalText.default(defaultClosing.disclosure).describe(
      'Below each reply: that a machine wrote it. One text, or one by language; "": none.',
    ),
    person: LocalText.default(defaultClosing.person).describe('Below each reply: how to reach a person.'),
  })
  .transform(({ inARow, readingSeconds, hourly, handOver, ...rest }) => ({
    ...rest,
    inARowMax: inARow,
    readingSecondsMin: readingSeconds,
    hourlyMax: hourly,
    handOverTeam: handOver,
  }));
