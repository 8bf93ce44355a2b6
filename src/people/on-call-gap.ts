import { wallInWords } from '../kernel/wall-time.ts';
import type { OnCallSegment } from './on-call.ts';
import { type Lack, lackAt, type SkillHolder } from './skill-standing.ts';

/** What is known of somebody who is on call. */
export interface OnCallPerson extends SkillHolder {
  readonly hasContact: boolean;
}

/** A span in which a rota promises more than there is. */
export interface OnCallGap {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Who is on call and does not count; null: nobody is on call. */
  readonly person: { readonly id: string; readonly name: string } | null;
  readonly why: Lack['why'] | 'nobody' | 'no contact';
}

/**
 * The gaps of a rota: where nobody is on call, or somebody who is disabled or has left by then, whose skill in the field that the
 * rota needs is missing or has run out by then, or who has no way of contact. Segments of one gap are one.
 * @param needsSkill false for a rota without a field: then skills and trainings do not matter.
 */
export function gapsOf(
  segments: readonly OnCallSegment[],
  persons: ReadonlyMap<string, OnCallPerson>,
  needsSkill: boolean,
): OnCallGap[] {
  const gaps: OnCallGap[] = [];
  for (const segment of segments) {
    const person = segment.personId === null ? undefined : persons.get(segment.personId);
    for (const { fromMs, untilMs } of person ? slicesOf(segment, person) : [segment]) {
      const why = person ? whyMissing(person, fromMs, needsSkill) : 'nobody';
      if (why === null) continue;
      const named = person ? { id: person.personId, name: person.name } : null;
      const last = gaps.at(-1);
      if (last?.untilMs === fromMs && last.why === why && last.person?.id === named?.id) {
        gaps[gaps.length - 1] = { ...last, untilMs };
      } else gaps.push({ fromMs, untilMs, person: named, why });
    }
  }
  return gaps;
}

/** A segment cut where something begins or runs out: within a slice a person either counts or does not. */
function slicesOf({ fromMs, untilMs }: OnCallSegment, { leavesAtMs, skill, participations }: OnCallPerson) {
  const terms = [...(skill ? [skill] : []), ...participations].flatMap((term) => [term.sinceMs, term.validUntilMs]);
  const inside = [leavesAtMs, ...terms].filter((ms): ms is number => ms !== null && ms > fromMs && ms < untilMs);
  const starts = [...new Set([fromMs, ...inside])].toSorted((left, right) => left - right);
  return starts.map((startMs, index) => ({ fromMs: startMs, untilMs: starts[index + 1] ?? untilMs }));
}

function whyMissing(person: OnCallPerson, atMs: number, needsSkill: boolean): OnCallGap['why'] | null {
  const lack = lackAt(person, atMs)?.why ?? null;
  if (lack !== null && (needsSkill || lack === 'disabled' || lack === 'left')) return lack;
  return person.hasContact ? null : 'no contact';
}

/** What a gap says of whoever would be on call: `Anna …`. */
export const GAP_WORDS: Readonly<Record<Exclude<OnCallGap['why'], 'nobody'>, string>> = {
  disabled: 'is disabled',
  left: 'has left by then',
  'no skill': 'does not have the skill',
  'skill not yet': 'does not have the skill yet',
  'skill expired': 'has a skill that has expired by then',
  'training expired': 'has a training that has expired by then',
  'no contact': 'has no way of contact',
};

/**
 * A gap in one sentence with local times: `Nobody with database is on call from Sat 2026-12-05 00:00 to Sun 2026-12-06 00:00,
 * Asia/Shanghai`.
 * @param field the name of the field that the rota needs, if any.
 * @param goesOn whether its end only is as far as was looked.
 */
export function gapInWords(
  { fromMs, untilMs, person, why }: OnCallGap,
  field: string | null,
  zone: string,
  goesOn = false,
): string {
  const end = `${wallInWords(untilMs, zone)}${goesOn ? ' or longer' : ''}`;
  const span = `from ${wallInWords(fromMs, zone)} to ${end}, ${zone}`;
  const sentence = `Nobody ${field === null ? '' : `with ${field} `}is on call ${span}`;
  if (person === null || why === 'nobody') return sentence;
  if (why === 'no contact') return `${person.name} is on call ${span}, but ${GAP_WORDS[why]}`;
  return `${sentence}: ${person.name} would be, but ${GAP_WORDS[why]}`;
}
