import type { SourceSettings } from '../domain/source-settings.ts';
import type { SourceRecord } from '../store/sources.ts';

const hourMs = 3_600_000;

function ago(at: number, now: number): string {
  const minutes = Math.round((now - at) / 60_000);
  return now - at < 2 * hourMs ? `${minutes} minutes ago` : `${Math.round((now - at) / hourMs)} hours ago`;
}

/** How it stands with a source, in words; `isGood` false when somebody has to look. `now` in ms. */
export function describeSource(
  { name }: SourceSettings,
  record: SourceRecord | undefined,
  now: number,
): { readonly isGood: boolean; readonly says: string } {
  if (record === undefined)
    return { isGood: true, says: `${name}: not read yet; "sidenote sync" or the next start does` };
  const { documents, passages, finishedAt, failure, problems, isSyncing } = record;
  const when = finishedAt === undefined ? 'not read to the end yet' : `read ${ago(finishedAt, now)}`;
  const says = `${name}: ${documents} documents, ${passages} passages; ${isSyncing ? 'being read now' : when}`;
  if (failure !== undefined) return { isGood: false, says: `${says}; the newest sync was cut short: ${failure}` };
  if (problems.length === 0) return { isGood: true, says };
  const named = problems.slice(0, 3).map(({ item, why }) => `${item} (${why})`);
  const more = problems.length > named.length ? ` and ${problems.length - named.length} more` : '';
  return { isGood: false, says: `${says}; could not be read: ${named.join(', ')}${more}` };
}
