import type { Queryable } from '../../database/database.ts';

/** More rotas, supervisors or members than one role is looked for among. */
const FOUND_MAX = 50;

/** A rota that may say who is on call for a service. */
export interface ServiceRota {
  readonly id: string;
  /** 1: of the service itself; 2: of its team, or of a field that its recovery needs; 3: of nothing in particular. */
  readonly tier: 1 | 2 | 3;
}

/** The rotas in use that can say who is on call for a service (null: for none in particular), the nearest to it first. */
export function rotasFor(db: Queryable, serviceId: string | null): Promise<ServiceRota[]> {
  return db.rows<ServiceRota>(
    `SELECT r.id,
       CASE WHEN r.service_id = $1 THEN 1 WHEN r.owner_id = s.owner_id OR r.field_id IS NOT NULL THEN 2 ELSE 3 END AS tier
     FROM on_call_rota r LEFT JOIN service s ON s.id = $1::uuid
     WHERE r.retired_at IS NULL AND (r.service_id = $1 OR r.service_id IS NULL AND (
       r.field_id IS NULL OR r.owner_id = s.owner_id OR r.field_id IN (
         SELECT f.id FROM service_skill k JOIN skill_field f ON lower(f.name) = lower(k.skill) WHERE k.service_id = $1)))
     ORDER BY tier, lower(r.name) LIMIT ${FOUND_MAX}`,
    [serviceId],
  );
}

/** A supervisor who is there. */
export interface Supervisor {
  readonly id: string;
  readonly name: string;
  /** Owns the service, or belongs to the team that does. */
  readonly isOfTeam: boolean;
}

/** Persons with the function of a supervisor who are active and have not left at an instant: those of the team first. */
export function supervisorsAt(db: Queryable, serviceId: string | null, atMs: number): Promise<Supervisor[]> {
  return db.rows<Supervisor>(
    `SELECT p.id, p.name, EXISTS (
         SELECT FROM service s LEFT JOIN team_member m ON m.team_id = s.owner_id AND m.person_id = p.id
         WHERE s.id = $1 AND (s.owner_id = p.id OR m.person_id IS NOT NULL)) AS "isOfTeam"
     FROM person_function f JOIN principal p ON p.id = f.person_id JOIN person x ON x.id = p.id
     WHERE f.function = 'supervisor' AND p.disabled_at IS NULL AND (x.leaves_at IS NULL OR x.leaves_at > $2)
     ORDER BY "isOfTeam" DESC, lower(p.name) LIMIT ${FOUND_MAX}`,
    [serviceId, new Date(atMs)],
  );
}

/** The names of the skills that a service says its recovery needs. */
export async function skillsOfService(db: Queryable, serviceId: string): Promise<string[]> {
  const rows = await db.rows<{ skill: string }>(
    'SELECT skill FROM service_skill WHERE service_id = $1 ORDER BY lower(skill)',
    [serviceId],
  );
  return rows.map(({ skill }) => skill);
}

/** A person or team as it stands at an instant. */
export interface Standing {
  readonly kind: 'person' | 'team';
  readonly name: string;
  readonly isDisabled: boolean;
  readonly hasLeft: boolean;
  /** Of a team: members who are there; of a person 1. */
  readonly members: number;
}

/** How a person or team stands at an instant; undefined when there is none. */
export async function standingOf(db: Queryable, principalId: string, atMs: number): Promise<Standing | undefined> {
  const [row] = await db.rows<Standing>(
    `SELECT p.kind, p.name, p.disabled_at IS NOT NULL AS "isDisabled", coalesce(x.leaves_at <= $2, false) AS "hasLeft",
       CASE p.kind WHEN 'team' THEN (
         SELECT count(*)::integer FROM team_member m JOIN principal q ON q.id = m.person_id JOIN person y ON y.id = q.id
         WHERE m.team_id = p.id AND q.disabled_at IS NULL AND (y.leaves_at IS NULL OR y.leaves_at > $2)) ELSE 1 END AS members
     FROM principal p LEFT JOIN person x ON x.id = p.id WHERE p.id = $1 AND p.kind IN ('person', 'team')`,
    [principalId, new Date(atMs)],
  );
  return row;
}
