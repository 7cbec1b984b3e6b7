import { z } from 'zod';
import type { Span } from '../../domain/business-hours.ts';

const clock = String.raw`(?:[01]\d|2[0-3]):[0-5]\d`;
const spanPattern = new RegExp(`^(${clock})-(${clock}|24:00)$`);

function minuteOf(time: string): number {
  const [hour, minute] = time.split(':').map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}

/** Read with `spanPattern` before. */
function toSpan(text: string): Span {
  const [from = '', to = ''] = text.split('-');
  return { from: minuteOf(from), to: minuteOf(to) };
}

const Spans = z
  .array(z.string().regex(spanPattern, 'give times as 09:00-17:30'))
  .transform((texts) => texts.map(toSpan))
  .optional();

const isTimezone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** `hours`: when the team works, for rules that ask. */
export const Hours = z.strictObject({
  timezone: z
    .string()
    .refine(isTimezone, 'name a time zone as Europe/Berlin or America/New_York')
    .describe('The time zone of the times below, such as Europe/Berlin; daylight saving is followed.'),
  week: z
    .strictObject({
      monday: Spans,
      tuesday: Spans,
      wednesday: Spans,
      thursday: Spans,
      friday: Spans,
      saturday: Spans,
      sunday: Spans,
    })
    .describe(
      'Spans such as [09:00-12:30, 13:00-17:00]; a day that is missing is free. 22:00-06:00 ends the next day.',
    ),
  holidays: z
    .array(
      z
        .string()
        .regex(
          /^(?:\d{4}-)?(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/,
          'give a date as 2027-01-01, or 12-25 for every year',
        ),
    )
    .default([])
    .describe('Days on which nobody works: 2027-01-01, or 12-25 for every year.'),
});
