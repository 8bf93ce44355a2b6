import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { noSuchIdentity } from './identity.store.ts';
import type { Contact, PersonFunction, Profile, Skill } from './profile.ts';

interface ProfileRow {
  readonly personId: string;
  readonly version: number;
  readonly leavesAt: Date | null;
  readonly contacts: readonly Contact[];
  readonly functions: readonly PersonFunction[];
}

interface SkillRow extends Omit<Skill, 'since' | 'validUntil'> {
  readonly personId: string;
  readonly since: Date;
  readonly validUntil: Date | null;
}

/** The profiles of some persons, in no order. */
export async function profilesOf(db: Queryable, personIds: readonly string[]): Promise<Profile[]> {
  const rows = await db.rows<ProfileRow>(
    `SELECT x.id AS "personId", p.version, x.leaves_at AS "leavesAt",
       coalesce((SELECT jsonb_agg(jsonb_build_object('kind', c.kind, 'value', c.value, 'note', c.note) ORDER BY c.seq)
                 FROM person_contact c WHERE c.person_id = x.id), '[]') AS contacts,
       ARRAY(SELECT f.function FROM person_function f WHERE f.person_id = x.id ORDER BY 1) AS functions
     FROM person x JOIN principal p ON p.id = x.id WHERE x.id = ANY ($1::uuid[])`,
    [personIds],
  );
  const skills = await db.rows<SkillRow>(
    `SELECT s.person_id AS "personId", jsonb_build_object('id', f.id, 'name', f.name) AS field, s.level, s.since,
       s.valid_until AS "validUntil", s.note
     FROM person_skill s JOIN skill_field f ON f.id = s.field_id WHERE s.person_id = ANY ($1::uuid[])
     ORDER BY lower(f.name)`,
    [personIds],
  );
  const skillsOf = Map.groupBy(skills, ({ personId }) => personId);
  return rows.map((row) => ({
    ...row,
    leavesAt: row.leavesAt && instantOf(row.leavesAt),
    skills: (skillsOf.get(row.personId) ?? []).map(({ personId: _, since, validUntil, ...skill }) => ({
      ...skill,
      since: instantOf(since),
      validUntil: validUntil && instantOf(validUntil),
    })),
  }));
}

/** @throws AppError `not-found` `no-such-person`. */
export async function profileOf(db: Queryable, personId: string): Promise<Profile> {
  const [profile] = await profilesOf(db, [personId]);
  if (!profile) throw noSuchIdentity('person', personId);
  return profile;
}
