import { GENERATIONS, type GenerationName } from '../../../src/backups/retention/generation.ts';
import type { RetentionPolicy } from '../../../src/backups/retention/retention-policy.ts';
import type { NumberedPoint } from './planning.ts';

/**
 * Which of the sound points a policy keeps, and for which places, worked out by sorting them into the calendar of the platform:
 * slowly, without the planner's Temporal and in no single pass.
 */
export function placesOf(
  youngestFirst: readonly NumberedPoint[],
  policy: RetentionPolicy,
  zone: string,
): Map<NumberedPoint, string[]> {
  const places = new Map<NumberedPoint, string[]>();
  const keep = (point: NumberedPoint, place: string) => places.set(point, [...(places.get(point) ?? []), place]);
  youngestFirst.slice(0, policy.minimumCopies).forEach((point, index) => {
    keep(point, `sound copy ${index + 1} of ${policy.minimumCopies}`);
  });
  for (const generation of GENERATIONS) {
    const newestOf = new Map<string, NumberedPoint>();
    // Oldest first, so that the newest of a period comes last and stays.
    for (const point of youngestFirst.toReversed()) newestOf.set(periodOf(generation, point, zone), point);
    const newest = [...newestOf].toSorted(([, a], [, b]) => youngestFirst.indexOf(a) - youngestFirst.indexOf(b));
    newest.slice(0, policy[generation]).forEach(([period, point], index) => {
      keep(point, `newest of ${period} (${generation} ${index + 1} of ${policy[generation]})`);
    });
  }
  return places;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function periodOf(generation: GenerationName, { takenAt }: NumberedPoint, zone: string): string {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', hourCycle: 'h23' },
      timeZoneName: 'longOffset',
    });
  formats.set(zone, format);
  const parts = new Map(format.formatToParts(takenAt.epochMilliseconds).map(({ type, value }) => [type, value]));
  const [year, month, day] = [parts.get('year') ?? '', parts.get('month') ?? '', parts.get('day') ?? ''];
  const offset = (parts.get('timeZoneName') ?? '').replace('GMT', '') || '+00:00';
  switch (generation) {
    case 'hourly':
      return `${year}-${month}-${day} ${parts.get('hour')}:00${offset}`;
    case 'daily':
      return `${year}-${month}-${day}`;
    case 'weekly':
      return isoWeekOf(Number(year), Number(month), Number(day));
    case 'monthly':
      return `${year}-${month}`;
    case 'yearly':
      return year;
  }
}

/** ISO 8601: a week belongs to the year that its Thursday is in, and week 1 is that of the first Thursday. */
function isoWeekOf(year: number, month: number, day: number): string {
  const date = new Date(Date.UTC(year, month - 1, day));
  const thursday = new Date(date);
  thursday.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7) + 3);
  const dayOfYear = (thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0, 1)) / 86_400_000;
  return `${thursday.getUTCFullYear()}-W${String(Math.floor(dayOfYear / 7) + 1).padStart(2, '0')}`;
}
