import type { paths } from '../api/api.generated.d.ts';

/** A schedule with its next slots and what became of its latest one. */
export type Schedule = paths['/schedules/{id}']['get']['responses'][200]['content']['application/json'];

/** What became of one slot, or of one run on demand. */
export type Fire = NonNullable<Schedule['lastFire']>;

/** How long after its slot a fire was recorded; null for a run on demand, which has none. */
export const lateSeconds = ({ manual, slot, recordedAt }: Fire): number | null =>
  manual ? null : Math.max(0, (Date.parse(recordedAt) - Date.parse(slot)) / 1000);
