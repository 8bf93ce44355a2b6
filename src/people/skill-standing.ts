/** A term that may run out: from `sinceMs` until before `validUntilMs`; null never runs out. Milliseconds since 1970. */
interface Term {
  readonly sinceMs: number;
  readonly validUntilMs: number | null;
}

/** What is known of a person and one field of skills. */
export interface SkillHolder {
  readonly personId: string;
  readonly name: string;
  readonly isDisabled: boolean;
  readonly leavesAtMs: number | null;
  /** Null: never had it. */
  readonly skill: Term | null;
  /** Trainings, drills and exercises in the field that were not corrected. */
  readonly participations: readonly (Term & { readonly kind: string })[];
}

/** Why somebody counts as missing, and since when; null where that is not known. */
export interface Lack {
  readonly why: 'disabled' | 'left' | 'no skill' | 'skill not yet' | 'skill expired' | 'training expired';
  readonly sinceMs: number | null;
}

/**
 * Why a person counts as missing at an instant; null for who is there. What runs out is missing from that instant on. Of each
 * kind that somebody took part in, at least one must still count: a later one renews an earlier one.
 */
export function lackAt(holder: SkillHolder, atMs: number): Lack | null {
  const { isDisabled, skill } = holder;
  if (isDisabled) return { why: 'disabled', sinceMs: null };
  if (holder.leavesAtMs !== null && holder.leavesAtMs <= atMs) return { why: 'left', sinceMs: holder.leavesAtMs };
  if (!skill) return { why: 'no skill', sinceMs: null };
  if (atMs < skill.sinceMs) return { why: 'skill not yet', sinceMs: null };
  if (hasRunOut(skill, atMs)) return { why: 'skill expired', sinceMs: skill.validUntilMs };
  const taken = holder.participations.filter(({ sinceMs }) => sinceMs <= atMs);
  for (const ofKind of Map.groupBy(taken, ({ kind }) => kind).values()) {
    if (!ofKind.every((term) => hasRunOut(term, atMs))) continue;
    return { why: 'training expired', sinceMs: Math.max(...ofKind.map(({ validUntilMs }) => validUntilMs ?? 0)) };
  }
  return null;
}

const hasRunOut = ({ validUntilMs }: Term, atMs: number) => validUntilMs !== null && validUntilMs <= atMs;
