import { z } from 'zod';
import { dutyRoleSchema } from './duty-role.ts';

/** What is told by a pass that ran so much after it was due is marked as late: twice the minute between passes. */
const LATE_MS = 120_000;

const RUNGS_MAX = 10;
const REPEATS_MAX = 20;
const SECONDS_MAX = 7 * 86_400;

const rungSchema = z
  .strictObject({
    afterSeconds: z.int().min(0).max(SECONDS_MAX).describe('How long after the ladder began it is told; 0: at once'),
    repeats: z.int().min(0).max(REPEATS_MAX).default(0).describe('How many more times it is told'),
    repeatEverySeconds: z.int().min(60).max(SECONDS_MAX).default(600).describe('How long apart'),
    roles: z.array(dutyRoleSchema).min(1).max(10).describe('Who is told, all of them at the same time'),
  })
  .describe('One rung: who is told so long after the ladder began');

/** The rungs of a level in their order: the first is told at once, and each begins later than the one before. */
export const rungsSchema = z
  .array(rungSchema)
  .max(RUNGS_MAX)
  .superRefine((rungs, context) => {
    for (const [index, { afterSeconds }] of rungs.entries()) {
      const before = rungs[index - 1];
      if (before === undefined ? afterSeconds === 0 : afterSeconds > before.afterSeconds) continue;
      const message =
        before === undefined ? 'must be 0: the first rung is told at once' : 'must be later than the rung before';
      context.addIssue({ code: 'custom', path: [index, 'afterSeconds'], message });
    }
  });

export type Rung = z.output<typeof rungSchema>;

/** One time at which a rung is told. Milliseconds since 1970. */
export interface Firing {
  /** Counted from 1. */
  readonly rung: number;
  /** 0 is the first time. */
  readonly repeat: number;
  readonly dueMs: number;
}

type RungTimes = Pick<Rung, 'afterSeconds' | 'repeats' | 'repeatEverySeconds'>;

/** Every firing of a ladder that begins at an instant, in the order in which they are due. */
export function firingsOf(rungs: readonly RungTimes[], startMs: number): Firing[] {
  return inOrder(
    rungs.flatMap(({ afterSeconds, repeats, repeatEverySeconds }, index) =>
      Array.from({ length: repeats + 1 }, (_, repeat) => ({
        ...{ rung: index + 1, repeat },
        dueMs: startMs + (afterSeconds + repeat * repeatEverySeconds) * 1000,
      })),
    ),
  );
}

/** In the order in which firings are told: by time, and of the same time the lower rung first. */
export function inOrder<One extends Firing>(firings: readonly One[]): One[] {
  return firings.toSorted(
    (left, right) => left.dueMs - right.dueMs || left.rung - right.rung || left.repeat - right.repeat,
  );
}

/** What a pass does with the firings that are due. */
export interface DueFirings<One extends Firing> {
  readonly told: readonly One[];
  /** Repeats that another one of the same rung stands for, because all of them were missed. */
  readonly skipped: readonly One[];
}

/**
 * What is told at an instant of the firings that have not been: those that are due, in their order. Of a rung of which several
 * were missed, because nobody looked, only the last is told: nobody is told the same thing five times at once.
 */
export function dueFirings<One extends Firing>(pending: readonly One[], nowMs: number): DueFirings<One> {
  const due = inOrder(pending.filter(({ dueMs }) => dueMs <= nowMs));
  const isLast = (one: One) => !due.some(({ rung, repeat }) => rung === one.rung && repeat > one.repeat);
  return { told: due.filter(isLast), skipped: due.filter((one) => !isLast(one)) };
}

/** Whether a firing is told so long after it was due that its record says so. */
export function isLate({ dueMs }: Pick<Firing, 'dueMs'>, nowMs: number): boolean {
  return nowMs - dueMs > LATE_MS;
}

/**
 * What comes at once because a rung has found nobody: the firings of the next rung that has not been told, moved so that the
 * first of them is due now. Waiting for it would be time in which nobody knows.
 */
export function broughtForward<One extends Firing>(pending: readonly One[], afterRung: number, nowMs: number): One[] {
  const later = pending.filter(({ rung, dueMs }) => rung > afterRung && dueMs > nowMs);
  const next = Math.min(...later.map(({ rung }) => rung));
  const moved = later.filter(({ rung }) => rung === next);
  const byMs = Math.min(...moved.map(({ dueMs }) => dueMs)) - nowMs;
  return moved.map((one) => ({ ...one, dueMs: one.dueMs - byMs }));
}

/** What is left of a ladder that rested from an instant until another one: as much later as it rested. */
export function resumed<One extends Firing>(pending: readonly One[], restedSinceMs: number, nowMs: number): One[] {
  return pending.map((one) => ({ ...one, dueMs: one.dueMs + Math.max(0, nowMs - restedSinceMs) }));
}
