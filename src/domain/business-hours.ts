/** Minutes from midnight; an end before the start, or at it, is on the next day. */
export type Span = { readonly from: number; readonly to: number };

type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';

export type BusinessHours = {
  /** IANA name, such as `Europe/Berlin`. */
  readonly timezone: string;
  readonly week: Readonly<Partial<Record<Weekday, readonly Span[] | undefined>>>;
  /** `YYYY-MM-DD`, or `MM-DD` for every year; nobody works on these days. */
  readonly holidays: readonly string[];
};

const minutesPerDay = 24 * 60;
const weekdays: readonly Weekday[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

type WallClock = { readonly date: string; readonly minute: number };

/** The date and the minute of the day that a clock in `timezone` shows. */
function wallClock(timezone: string, at: number): WallClock {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  const parts = new Map(format.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  return {
    date: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    minute: number('hour') * 60 + number('minute'),
  };
}

const dayBefore = (date: string): string =>
  new Date(Date.parse(`${date}T12:00:00Z`) - minutesPerDay * 60_000).toISOString().slice(0, 10);

function spansOf(hours: BusinessHours, date: string): readonly Span[] {
  if (hours.holidays.includes(date) || hours.holidays.includes(date.slice(5))) return [];
  const weekday = weekdays[new Date(`${date}T12:00:00Z`).getUTCDay()];
  return (weekday === undefined ? undefined : hours.week[weekday]) ?? [];
}

/** Whether the team works at `at` (ms since the epoch). A span over midnight belongs to the day it begins on. */
export function isOpenAt(hours: BusinessHours, at: number): boolean {
  const { date, minute } = wallClock(hours.timezone, at);
  const isLong = ({ from, to }: Span): boolean => to <= from;
  const today = spansOf(hours, date).some((span) => minute >= span.from && (isLong(span) || minute < span.to));
  return today || spansOf(hours, dayBefore(date)).some((span) => isLong(span) && minute < span.to);
}
