import type { Temporal } from 'temporal-polyfill';
import type { RecoveryPoint } from '../backup-catalogue.ts';
import { GENERATIONS, Generation, periodOf } from './generation.ts';
import { LocalClock } from './local-time.ts';
import type { RetentionPolicy } from './retention-policy.ts';

/** What the planner looks at. */
export interface PlannedPoint
  extends Pick<RecoveryPoint, 'own' | 'state' | 'stateSince' | 'verdict' | 'verdictAt' | 'takenAt'> {
  /** It lies in another repository than the one that its set fills now. */
  readonly isElsewhere: boolean;
  /** Of the holds on it that were not released, the one that ends last. */
  readonly hold: { readonly reason: string; readonly until: Temporal.Instant } | undefined;
}

/**
 * `keep`: it stays. `drop`: retention removes it (a missing one is forgotten). `advise-drop`: it would, had Muster taken it.
 * `deleting`: that was decided before.
 */
export const RETENTION_ACTIONS = ['keep', 'drop', 'advise-drop', 'deleting'] as const;

/** What becomes of one point, and why. */
export interface RetentionDecision {
  readonly action: (typeof RETENTION_ACTIONS)[number];
  /** One sentence for people, without a capital and a full stop. */
  readonly reason: string;
}

/** What holds for all points of one plan. */
export interface PlanFrame {
  readonly policy: RetentionPolicy;
  /** IANA name: hours, days, weeks, months and years are those of this zone. */
  readonly zone: string;
  readonly now: Temporal.Instant;
  /** Whether a point of the repository is there that was found sound and is not ahead of the clock. */
  readonly hasSound: boolean;
}

/** Clocks differ by less. A point that is younger than this from now has its time from a clock that was wrong. */
export const CLOCK_MINUTES = 5;

/**
 * Decides for the points of one set, which must come youngest data first, which of them may go. What becomes of a point depends
 * only on younger ones, so the plan of a long history needs little memory.
 *
 * - Only a point that is there and was found sound fills a place: one of the youngest `minimumCopies`, or, the newest of its
 *   period, one of a generation. As the newest of a period stands for it, a point never goes because an older one turned out to
 *   be sound, and it holds all that was known by the end of the period. Only periods with a sound point are counted: when backups
 *   stop coming, nothing ages out.
 * - Any other point goes only when it would go if it were sound; so what could not be judged pushes nothing out and is not pushed
 *   out of a place that nothing better fills. Of the points that were found not sound, too, only the youngest `minimumCopies`
 *   stay, to be looked at; all of them while nothing is sound: a damaged backup is better than none.
 * - A point that nobody has checked since it is there never goes, and nothing older goes before it was checked.
 * - A held point never goes. One whose time lies ahead of the clock counts for nothing, and stays.
 */
export class RetentionPlanner {
  readonly #frame: PlanFrame;
  readonly #clock: LocalClock;
  readonly #generations: readonly Generation[];
  #soundCount = 0;
  #unsoundCount = 0;
  /** Of the points that nobody has checked, the youngest. */
  #unjudged: Temporal.Instant | undefined;

  constructor(frame: PlanFrame) {
    this.#frame = frame;
    this.#clock = new LocalClock(frame.zone);
    this.#generations = GENERATIONS.filter((name) => frame.policy[name] > 0).map(
      (name) => new Generation(name, frame.policy[name]),
    );
  }

  /** The decision for the next older point. */
  decide(point: PlannedPoint): RetentionDecision {
    if (point.state === 'deleting' || point.state === 'deleted') {
      return { action: 'deleting', reason: 'its removal was decided before' };
    }
    if (point.isElsewhere) return keep('it lies in another repository than the one that the set fills now');
    const isAhead = this.#isAhead(point);
    const decision = isAhead
      ? keep('its time lies ahead of the clock: it counts for nothing until then')
      : this.#judge(point);
    if (isUnjudged(point)) this.#unjudged ??= point.takenAt;
    if (!isAhead && isSound(point)) this.#soundCount += 1;
    if (!isAhead && isUnsound(point)) this.#unsoundCount += 1;
    if (decision.action !== 'drop' || point.own) return decision;
    return { action: 'advise-drop', reason: decision.reason };
  }

  #isAhead({ takenAt }: PlannedPoint): boolean {
    return takenAt.epochMilliseconds > this.#frame.now.epochMilliseconds + CLOCK_MINUTES * 60_000;
  }

  #judge(point: PlannedPoint): RetentionDecision {
    const places = this.#placesOf(point);
    const filled = isSound(point) ? places.map((place) => place.fill()) : [];
    const held = this.#holdText(point);
    const reasons = held === undefined ? filled : [held, ...filled];
    if (reasons.length > 0) return keep(reasons.join('; '));
    if (isUnjudged(point)) return keep('it has not been checked yet, and nothing goes unchecked');
    const decision = places.length > 0 ? this.#judgeUnsound(point, places) : drop(this.#fullText(point));
    if (decision.action !== 'drop' || this.#unjudged === undefined) return decision;
    return keep(`${decision.reason}; but the younger one of ${this.#unjudged} must be checked first`);
  }

  /** A point that would be kept if it were sound. */
  #judgeUnsound(point: PlannedPoint, places: readonly Place[]): RetentionDecision {
    const { verdict, state } = point;
    if (state === 'missing') return keep('it is missing, and should be there');
    if (!isUnsound(point))
      return keep(`it is ${verdict}: were it sound, it would be ${places.map(({ name }) => name).join(', ')}`);
    if (!this.#frame.hasSound) return keep('no point is sound: a damaged one is better than none');
    const { minimumCopies } = this.#frame.policy;
    if (this.#unsoundCount < minimumCopies) return keep(`it is ${verdict}, and kept to be looked at`);
    return drop(`it is ${verdict}; ${younger(this.#unsoundCount)} not sound either, ${kept(minimumCopies)}`);
  }

  /** The places that a sound point of this time would fill. */
  #placesOf({ takenAt }: PlannedPoint): Place[] {
    const { policy } = this.#frame;
    const places: Place[] = [];
    if (this.#soundCount < policy.minimumCopies) {
      const name = `sound copy ${this.#soundCount + 1} of ${policy.minimumCopies}`;
      places.push({ name, fill: () => name });
    }
    const open = this.#generations.filter(({ isFull }) => !isFull);
    if (open.length === 0) return places;
    const local = this.#clock.at(takenAt);
    for (const generation of open) {
      const period = periodOf(generation.name, local);
      if (!generation.isOpen(period)) continue;
      places.push({
        name: `newest of ${period} (${generation.name})`,
        fill: () => `newest of ${period} (${generation.name} ${generation.fill(period)} of ${generation.count})`,
      });
    }
    return places;
  }

  #holdText({ hold }: PlannedPoint): string | undefined {
    if (hold === undefined || hold.until.epochMilliseconds <= this.#frame.now.epochMilliseconds) return undefined;
    return `held until ${hold.until}: ${hold.reason}`;
  }

  /** Why there is no place for a point. */
  #fullText({ takenAt }: PlannedPoint): string {
    const { minimumCopies } = this.#frame.policy;
    const local = this.#clock.at(takenAt);
    const generations = this.#generations.map((generation) =>
      generation.isFull
        ? `${generation.count === 1 ? `the ${generation.name} one is` : `the ${generation.count} ${generation.name} ones are`} younger`
        : `${periodOf(generation.name, local)} has a younger one (${generation.name})`,
    );
    return [`${younger(this.#soundCount)} sound, ${kept(minimumCopies)}`, ...generations].join('; ');
  }
}

/** Something that a policy keeps a sound point for. */
interface Place {
  readonly name: string;
  /** Takes the place for a point; answers which one it is. */
  fill(): string;
}

const keep = (reason: string): RetentionDecision => ({ action: 'keep', reason });
const drop = (reason: string): RetentionDecision => ({ action: 'drop', reason });
const younger = (count: number) => (count === 1 ? '1 younger point is' : `${count} younger points are`);
const kept = (count: number) => (count === 1 ? '1 is kept' : `${count} are kept`);

function isSound({ state, verdict }: PlannedPoint): boolean {
  return state === 'present' && verdict === 'sound';
}

/** Never checked, or back since its last check found it missing. */
function isUnjudged({ state, stateSince, verdict, verdictAt }: PlannedPoint): boolean {
  if (state !== 'present') return false;
  if (verdictAt === undefined) return true;
  return verdict === 'missing' && verdictAt.epochMilliseconds < stateSince.epochMilliseconds;
}

/** Judged, and found wanting. `unverifiable` and `suspect` are no judgement of the bytes. */
function isUnsound({ state, verdict }: PlannedPoint): boolean {
  if (state !== 'present') return false;
  return verdict === 'damaged' || verdict === 'altered' || verdict === 'hostile' || verdict === 'missing';
}
