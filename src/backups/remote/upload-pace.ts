import { SharedPace } from '../../verification/shared-pace.ts';
import type { Repository } from '../backup-catalogue.ts';

/** Of each repository that anything was sent to: what all of its uploads have booked. */
const BOOKED = new Map<string, SharedArrayBuffer>();

/** The pace of an upload to a repository: all uploads of this process together keep its rate. Undefined: it has none. */
export function uploadPace({
  id,
  bytesPerSecondMax,
}: Pick<Repository, 'id' | 'bytesPerSecondMax'>): SharedPace | undefined {
  if (bytesPerSecondMax === undefined) return undefined;
  const pace = new SharedPace(bytesPerSecondMax, BOOKED.get(id));
  BOOKED.set(id, pace.memory);
  return pace;
}
