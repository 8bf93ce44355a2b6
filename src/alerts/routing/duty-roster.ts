import type { Queryable } from '../../database/database.ts';
import { onCallAt } from '../../people/on-call.ts';
import { GAP_WORDS, gapsOf } from '../../people/on-call-gap.ts';
import { planOf, rotaById } from '../../people/rota.queries.ts';
import { onCallPersons } from '../../people/skill-holder.queries.ts';
import { skilledPersons } from '../../people/skilled-persons.ts';
import { rotasFor, skillsOfService, standingOf, supervisorsAt } from './duty.queries.ts';
import { type DutyHolder, type DutyHolders, type NamedRole, roleKey } from './duty-role.ts';
import { type Memo, memo } from './memo.ts';

/** Who fills a role for a service (null: for none in particular). */
export type DutyRoster = (role: NamedRole, serviceId: string | null) => Promise<DutyHolders>;

interface OnRota {
  readonly holder: DutyHolder | null;
  readonly why: string | null;
}

/** What rosters of one instant have looked up. */
export interface RosterMemo {
  readonly holders: Memo<DutyHolders>;
  readonly rotas: Memo<OnRota>;
}

export const rosterMemo = (): RosterMemo => ({ holders: memo(), rotas: memo() });

/** Reasons that one answer names. */
const REASONS_MAX = 5;

/**
 * Who fills roles at one instant, in milliseconds since 1970. What was looked up once is not looked up again, so that many
 * plans or alerts can be asked about together.
 * @param known what was looked up of this instant before, in transactions that may have ended since.
 *
 * - On duty: by the rotas of the service; where those have nobody, by those of its team or of a field that it needs; then by
 *   rotas of nothing in particular. Nobody counts whose skill in the field of the rota does not.
 * - Supervisor: whoever has that function in the team that owns the service, or else every supervisor there is.
 * - Expert: everybody whose skill counts.
 */
export function dutyRoster(db: Queryable, atMs: number, known: RosterMemo = rosterMemo()): DutyRoster {
  return (role, serviceId) => known.holders(`${roleKey(role)} ${serviceId ?? ''}`, () => lookUp(role, serviceId));

  function lookUp(role: NamedRole, serviceId: string | null): Promise<DutyHolders> {
    switch (role.kind) {
      case 'on-duty':
        return onDuty(serviceId);
      case 'supervisor':
        return supervisors(db, serviceId, atMs);
      case 'expert':
        return experts(db, role.field?.name ?? null, serviceId, atMs);
      case 'named':
        return named(db, role.principal, atMs);
    }
  }

  async function onDuty(serviceId: string | null): Promise<DutyHolders> {
    const rotas = await rotasFor(db, serviceId);
    const missing: string[] = [];
    for (const tier of [1, 2, 3] as const) {
      const holders: DutyHolder[] = [];
      for (const rota of rotas.filter((one) => one.tier === tier)) {
        const { holder, why } = await known.rotas(rota.id, () => onCallByRota(db, rota.id, atMs));
        if (why !== null) missing.push(why);
        if (holder && !holders.some(({ id }) => id === holder.id)) holders.push(holder);
      }
      if (holders.length > 0) return { holders, missing: missing.slice(0, REASONS_MAX) };
    }
    if (rotas.length === 0) missing.push('no on-call rota is for it');
    return { holders: [], missing: missing.slice(0, REASONS_MAX) };
  }
}

/** Who is on call by a rota and counts; `why` says what is wrong, also where somebody is on call whom no contact reaches. */
async function onCallByRota(db: Queryable, rotaId: string, atMs: number): Promise<OnRota> {
  const rota = await rotaById(db, rotaId);
  const { personId, layer, overrideId } = onCallAt(await planOf(db, rota, atMs, atMs + 1), atMs);
  const persons = await onCallPersons(db, personId === null ? [] : [personId], rota.field?.id ?? null);
  const segment = { personId, layer, overrideId, fromMs: atMs, untilMs: atMs + 1 };
  const [gap] = gapsOf([segment], persons, rota.field !== null);
  const person = personId === null ? undefined : persons.get(personId);
  const because = `on call by ${rota.name}`;
  const holder = person ? { id: person.personId, kind: 'person' as const, name: person.name, because } : null;
  if (!gap) return { holder, why: null };
  if (gap.why === 'nobody') return { holder: null, why: `${rota.name} has nobody on call` };
  const why = `${gap.person?.name} is on call by ${rota.name}, but ${GAP_WORDS[gap.why]}`;
  return { holder: gap.why === 'no contact' ? holder : null, why };
}

async function supervisors(db: Queryable, serviceId: string | null, atMs: number): Promise<DutyHolders> {
  const found = await supervisorsAt(db, serviceId, atMs);
  const ofTeam = found.filter(({ isOfTeam }) => isOfTeam);
  const holders = (ofTeam.length > 0 ? ofTeam : found).map(({ id, name, isOfTeam }) => ({
    ...{ id, name, kind: 'person' as const },
    because: isOfTeam ? 'supervisor of the team' : 'supervisor',
  }));
  return { holders, missing: holders.length > 0 ? [] : ['nobody has the function of a supervisor'] };
}

async function experts(
  db: Queryable,
  fieldName: string | null,
  serviceId: string | null,
  atMs: number,
): Promise<DutyHolders> {
  const names = fieldName !== null ? [fieldName] : serviceId === null ? [] : await skillsOfService(db, serviceId);
  if (names.length === 0) return { holders: [], missing: ['no field of skills is named for it'] };
  const skilled = await skilledPersons(db, names, atMs);
  const holders = new Map<string, DutyHolder>();
  const missing: string[] = [];
  for (const name of names) {
    const persons = skilled.get(name);
    const ready = (persons ?? []).filter(({ missingBecause }) => missingBecause === null);
    for (const person of ready) {
      const known = holders.get(person.id);
      const because = known ? `${known.because} and ${name}` : `has the skill ${name}`;
      holders.set(person.id, { id: person.id, kind: 'person', name: person.name, because });
    }
    if (ready.length > 0) continue;
    if (!persons) missing.push(`${name} is no field of skills in use`);
    else missing.push(nobodyHas(name, persons));
  }
  return { holders: [...holders.values()], missing: missing.slice(0, REASONS_MAX) };
}

function nobodyHas(
  name: string,
  persons: readonly { readonly name: string; readonly missingBecause: string | null }[],
): string {
  const because = persons.slice(0, 3).map((person) => `${person.name}: ${person.missingBecause}`);
  return `nobody has the skill ${name} now${because.length > 0 ? ` (${because.join('; ')})` : ''}`;
}

async function named(
  db: Queryable,
  principal: { readonly id: string; readonly name: string },
  atMs: number,
): Promise<DutyHolders> {
  const standing = await standingOf(db, principal.id, atMs);
  const why = !standing
    ? `${principal.name} is neither a person nor a team`
    : standing.isDisabled
      ? `${standing.name} is disabled`
      : standing.hasLeft
        ? `${standing.name} has left`
        : standing.members === 0
          ? `${standing.name} has no member who is there`
          : null;
  if (!standing || why !== null) return { holders: [], missing: [why ?? ''] };
  return {
    holders: [{ id: principal.id, kind: standing.kind, name: standing.name, because: 'named' }],
    missing: [],
  };
}
