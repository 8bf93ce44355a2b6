import type { RecoveryPoint } from './backup-catalogue.ts';

/** What the plan looks at. */
export type PlannedPoint = Pick<RecoveryPoint, 'id' | 'own' | 'state' | 'verdict' | 'takenAt'>;

/** What becomes of one point, and why. */
export interface RetentionDecision<Point> {
  readonly point: Point;
  readonly remove: boolean;
  readonly reason: string;
}

/**
 * Plans which points of a set may go. A point is removed only when `keepPoints` younger ones are there that a check found
 * sound; so points that nobody has checked yet, and damaged ones, push nothing out, and the last sound point always stays.
 * Of the points that were found not sound, too, the youngest `keepPoints` stay, and all of them while no point is sound:
 * a damaged backup is better than none.
 *
 * A missing point is forgotten when it would have been removed by now. Points that Muster did not take itself are never
 * removed. The answer lists every point, youngest data first.
 */
export function planRetention<Point extends PlannedPoint>(
  points: readonly Point[],
  keepPoints: number,
): RetentionDecision<Point>[] {
  const youngestFirst = points.toSorted(youngerFirst);
  const anySound = points.some(isSound);
  let soundSeen = 0;
  let unsoundSeen = 0;
  return youngestFirst.map((point) => {
    const decision = decide(point, { keepPoints, soundSeen, unsoundSeen, anySound });
    if (isSound(point)) soundSeen += 1;
    if (isUnsound(point)) unsoundSeen += 1;
    return { point, ...decision };
  });
}

interface Counts {
  readonly keepPoints: number;
  /** Among the younger ones. */
  readonly soundSeen: number;
  readonly unsoundSeen: number;
  readonly anySound: boolean;
}

function decide(point: PlannedPoint, counts: Counts): { readonly remove: boolean; readonly reason: string } {
  const { keepPoints, soundSeen, unsoundSeen, anySound } = counts;
  const keep = (reason: string) => ({ remove: false, reason });
  const remove = (reason: string) => ({ remove: true, reason });
  if (point.state !== 'present' && point.state !== 'missing') return keep(`it is ${point.state}`);
  if (!point.own) return keep('it was not taken by Muster');
  if (soundSeen >= keepPoints) return remove(`${soundSeen} younger points are sound, ${keepPoints} are kept`);
  if (point.state === 'missing') return keep('it is missing, and should be there');
  if (isSound(point)) return keep(`it is sound, and only ${soundSeen} younger ones are`);
  if (!isUnsound(point)) return keep('its bytes have not been judged yet');
  if (!anySound) return keep('no point is sound: a damaged one is better than none');
  if (unsoundSeen >= keepPoints) return remove(`${unsoundSeen} younger points are not sound either`);
  return keep(`it is ${point.verdict}, and kept to be looked at`);
}

function isSound({ state, verdict }: PlannedPoint): boolean {
  return state === 'present' && verdict === 'sound';
}

/** Judged, and found wanting. `unverifiable` and `suspect` are no judgement of the bytes. */
function isUnsound({ state, verdict }: PlannedPoint): boolean {
  return (
    state === 'present' &&
    (verdict === 'damaged' || verdict === 'altered' || verdict === 'hostile' || verdict === 'missing')
  );
}

function youngerFirst(a: PlannedPoint, b: PlannedPoint): number {
  const order = b.takenAt.epochMilliseconds - a.takenAt.epochMilliseconds;
  return order !== 0 ? order : a.id < b.id ? 1 : -1;
}
