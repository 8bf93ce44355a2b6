import type { Queryable } from '../database/database.ts';
import type { OnCallPerson } from './on-call-gap.ts';
import type { SkillHolder } from './skill-standing.ts';

/** A field in use with everybody who ever had the skill, by name. */
export interface FieldHolders {
  /** As it was asked for. */
  readonly askedName: string;
  readonly holders: readonly SkillHolder[];
}

/** The fields in use of these names, whatever the case; a name that is no field is left out. */
export function holdersOfFields(db: Queryable, names: readonly string[]): Promise<FieldHolders[]> {
  return db.rows<FieldHolders>(
    `SELECT n.name AS "askedName", coalesce(
       (SELECT jsonb_agg(${HOLDER_JSON} ORDER BY lower(p.name), p.id)
        FROM person_skill s JOIN principal p ON p.id = s.person_id JOIN person x ON x.id = p.id
        WHERE s.field_id = f.id), '[]') AS holders
     FROM unnest($1::text[]) AS n (name)
     JOIN skill_field f ON lower(f.name) = lower(n.name) AND f.retired_at IS NULL`,
    [names],
  );
}

const msOf = (column: string) => `(extract(epoch FROM ${column}) * 1000)::bigint`;

/** A {@link SkillHolder} from `s`, the skill, `p`, the principal, `x`, the person, and `f`, the field. */
const HOLDER_JSON = `jsonb_build_object('personId', p.id, 'name', p.name, 'isDisabled', p.disabled_at IS NOT NULL,
  'leavesAtMs', ${msOf('x.leaves_at')},
  'skill', CASE WHEN s.person_id IS NOT NULL THEN
    jsonb_build_object('sinceMs', ${msOf('s.since')}, 'validUntilMs', ${msOf('s.valid_until')}) END,
  'participations', coalesce(
    (SELECT jsonb_agg(jsonb_build_object('kind', t.kind, 'sinceMs', ${msOf('t.took_place_at')},
              'validUntilMs', ${msOf('t.valid_until')}) ORDER BY t.id)
     FROM participation t WHERE t.person_id = p.id AND t.field_id = f.id AND NOT t.withdrawn
       AND NOT EXISTS (SELECT FROM participation c WHERE c.corrects_id = t.id)), '[]'))`;

/** What is known of some persons and a field of skills (null: no field), by their ids. */
export async function onCallPersons(
  db: Queryable,
  personIds: readonly string[],
  fieldId: string | null,
): Promise<Map<string, OnCallPerson>> {
  const rows = await db.rows<{ readonly person: OnCallPerson }>(
    `SELECT ${HOLDER_JSON} || jsonb_build_object(
       'hasContact', EXISTS (SELECT FROM person_contact c WHERE c.person_id = p.id)) AS person
     FROM principal p JOIN person x ON x.id = p.id LEFT JOIN skill_field f ON f.id = $2
     LEFT JOIN person_skill s ON s.person_id = p.id AND s.field_id = f.id WHERE p.id = ANY ($1::uuid[])`,
    [personIds, fieldId],
  );
  return new Map(rows.map(({ person }) => [person.personId, person]));
}
