import type { Temporal } from 'temporal-polyfill';
import { formatSeconds } from '../../kernel/units.ts';
import { type DutyHolder, type DutyHolders, type NamedRole, roleInWords, roleKey } from '../routing/duty-role.ts';
import type { PlanEdition, ResponsePlan } from './response-plan.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Something that a plan needs so many of, against what an emergency could have of it at this moment. */
export interface CountedNeed extends Named {
  readonly kind: 'part' | 'device-model' | 'product';
  readonly needed: number;
  /** Of what is needed, how much is there; the reserve counts. Two lines of one plan do not both count the same piece. */
  readonly available: number;
  /** In words why it is not enough; null when it is. */
  readonly reason: string | null;
}

/** A backup that a plan needs, against the newest sound recovery point. */
export interface BackupNeed extends Named {
  readonly youngerThanSeconds: number;
  readonly newestSoundAt: Temporal.Instant | null;
  readonly ageSeconds: number | null;
  readonly reason: string | null;
}

/** A role of a plan with who would fill it at this moment. */
export interface RoleNeed {
  readonly role: NamedRole;
  /** The steps that it has to carry out, counted from 1. */
  readonly steps: readonly number[];
  readonly holders: readonly DutyHolder[];
  /** Why somebody is missing, also where others are there. */
  readonly missing: readonly string[];
  readonly reason: string | null;
}

/** Whether a plan could be carried out at one moment. */
export interface PlanReadiness {
  readonly plan: Pick<ResponsePlan, 'id' | 'name' | 'level' | 'edition'>;
  /** The service that it was looked at for; null: none in particular. */
  readonly service: Named | null;
  readonly checkedAt: Temporal.Instant;
  readonly isReady: boolean;
  /** What is missing, a sentence each; none when the plan is ready. */
  readonly reasons: readonly string[];
  readonly roles: readonly RoleNeed[];
  readonly spares: readonly CountedNeed[];
  readonly seats: readonly CountedNeed[];
  readonly backups: readonly BackupNeed[];
}

/** What was found for the needs of a plan. */
export type FoundNeeds = Pick<PlanReadiness, 'roles' | 'spares' | 'seats' | 'backups'>;

/** Judges a plan by what was found: it is ready when nothing is missing. */
export function readinessOf(
  plan: Pick<ResponsePlan, 'id' | 'name' | 'level' | 'edition'>,
  service: Named | null,
  checkedAt: Temporal.Instant,
  found: FoundNeeds,
): PlanReadiness {
  const { id, name, level, edition } = plan;
  const needs = [...found.roles, ...found.spares, ...found.seats, ...found.backups];
  const reasons = needs.flatMap(({ reason }) => reason ?? []);
  return { plan: { id, name, level, edition }, service, checkedAt, isReady: reasons.length === 0, reasons, ...found };
}

/** The verdict in one sentence: `plan not ready: …`. */
export function readinessInWords({ isReady, reasons }: Pick<PlanReadiness, 'isReady' | 'reasons'>): string {
  const [first, ...more] = reasons;
  if (isReady || first === undefined) return 'plan ready: everything that it needs is there at this moment';
  return `plan not ready: ${first}${more.length > 0 ? `; and ${more.length} more` : ''}`;
}

/** The roles that the steps of an edition name, each once, in the order of the first mention. */
export function rolesOfSteps({ steps }: Pick<PlanEdition, 'steps'>): { role: NamedRole; steps: number[] }[] {
  const numbered = steps.map(({ role }, index) => ({ role, step: index + 1 }));
  return [...Map.groupBy(numbered, ({ role }) => roleKey(role)).values()].flatMap((group) =>
    group[0] ? [{ role: group[0].role, steps: group.map(({ step }) => step) }] : [],
  );
}

/** A role against who was found for it: one who is there makes it ready. */
export function roleNeed(
  { role, steps }: Pick<RoleNeed, 'role' | 'steps'>,
  { holders, missing }: DutyHolders,
): RoleNeed {
  const nobody = role.kind === 'on-duty' ? 'nobody on call' : `nobody for ${roleInWords(role)}`;
  const because = missing.length > 0 ? `: ${missing.join('; ')}` : '';
  return { role, steps, holders, missing, reason: holders.length > 0 ? null : `${nobody}${because}` };
}

/**
 * A count against what is needed.
 * @param because sentences that say where the rest is.
 */
export function countedNeed(
  thing: Pick<CountedNeed, 'id' | 'name' | 'kind' | 'needed' | 'available'>,
  because: readonly string[],
): CountedNeed {
  const { kind, name, needed, available } = thing;
  if (available >= needed) return { ...thing, reason: null };
  const there = available === 0 ? 'none is' : `${available} ${available === 1 ? 'is' : 'are'}`;
  const what = kind === 'product' ? `${needed === 1 ? 'seat' : 'seats'} of ${name}` : name;
  const wanted =
    kind === 'device-model'
      ? `spares for ${needed} x ${what} needed, for ${there}`
      : `${needed} x ${what} needed, ${there}`;
  return { ...thing, reason: [`${wanted} free even with the reserve`, ...because].join('. ') };
}

/** A backup set against the age that its newest sound recovery point may have. */
export function backupNeed(
  set: Named & { readonly youngerThanSeconds: number; readonly isRetired: boolean },
  newestSoundAt: Temporal.Instant | null,
  now: Temporal.Instant,
): BackupNeed {
  const { id, name, youngerThanSeconds, isRetired } = set;
  const ageSeconds =
    newestSoundAt === null ? null : Math.floor((now.epochMilliseconds - newestSoundAt.epochMilliseconds) / 1000);
  return {
    ...{ id, name, youngerThanSeconds, newestSoundAt, ageSeconds },
    reason: isRetired ? `the backup set ${name} is retired` : whyTooOld(name, ageSeconds, youngerThanSeconds),
  };
}

function whyTooOld(name: string, ageSeconds: number | null, youngerThanSeconds: number): string | null {
  if (ageSeconds === null) return `the backup set ${name} has no sound recovery point`;
  if (ageSeconds < youngerThanSeconds) return null;
  const [age, bound] = [formatSeconds(ageSeconds), formatSeconds(youngerThanSeconds)];
  return `the newest sound recovery point of ${name} is ${age} old, and may be ${bound}`;
}
