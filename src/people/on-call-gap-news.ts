import type { OnCallGap } from './on-call-gap.ts';

/** A gap that somebody was told of, and that stood when it was last looked at. */
export interface ToldGap {
  readonly id: string;
  readonly personId: string | null;
  readonly why: OnCallGap['why'];
  readonly fromMs: number;
  readonly untilMs: number;
  /** It went on at the end of what could be seen then. */
  readonly isOpenEnded: boolean;
}

/** What one look ahead sees: gaps are told that begin before `tellUntilMs`; what lies behind it only shows where they end. */
export interface LookAhead {
  readonly nowMs: number;
  readonly tellUntilMs: number;
  readonly seenUntilMs: number;
}

/** What has changed since it was last looked at. */
export interface GapNews {
  /** Gaps to tell of. */
  readonly told: readonly OnCallGap[];
  /** Told gaps that go on, of which more is seen by now. */
  readonly extended: readonly Pick<ToldGap, 'id' | 'untilMs' | 'isOpenEnded'>[];
  /** Told gaps that are filled, have passed, or have changed. */
  readonly closedIds: readonly string[];
}

/**
 * Compares the gaps of a rota that were told with those that a look ahead finds. A gap is the same while the same person is
 * missing for the same reason from the same instant until the same instant: as far as it lies ahead, because a look begins now,
 * and as far as could be seen when it was told.
 * @param found all gaps from `nowMs` to `seenUntilMs`.
 */
export function gapNews(told: readonly ToldGap[], found: readonly OnCallGap[], look: LookAhead): GapNews {
  const known = new Map<string, OnCallGap>();
  for (const one of told) {
    const gap = found.find((candidate) => isSame(one, candidate, look));
    if (gap) known.set(one.id, gap);
  }
  const standing = new Set(known.values());
  return {
    told: found.filter((gap) => gap.fromMs < look.tellUntilMs && !standing.has(gap)),
    extended: told.flatMap(({ id, untilMs, isOpenEnded }) => {
      const gap = known.get(id);
      if (!gap || !isOpenEnded || (gap.untilMs === untilMs && goesOn(gap, look))) return [];
      return [{ id, untilMs: gap.untilMs, isOpenEnded: goesOn(gap, look) }];
    }),
    // What lies behind the end of a shorter look is not seen, which does not mean that it is filled.
    closedIds: told.filter(({ id, fromMs }) => !known.has(id) && fromMs < look.seenUntilMs).map(({ id }) => id),
  };
}

/** Whether a gap goes on at the end of what is seen. */
export function goesOn({ untilMs }: Pick<OnCallGap, 'untilMs'>, { seenUntilMs }: LookAhead): boolean {
  return untilMs === seenUntilMs;
}

function isSame(told: ToldGap, gap: OnCallGap, { nowMs, seenUntilMs }: LookAhead): boolean {
  if (told.why !== gap.why || told.personId !== (gap.person?.id ?? null)) return false;
  if (Math.max(told.fromMs, nowMs) !== gap.fromMs) return false;
  return gap.untilMs === Math.min(told.untilMs, seenUntilMs) || (told.isOpenEnded && gap.untilMs > told.untilMs);
}
