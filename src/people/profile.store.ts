import type { Temporal } from 'temporal-polyfill';
import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { dateOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Contact, NewSkill, PersonFunction } from './profile.ts';

// The caller of each of these holds the person by `changeIdentity`.

/** Makes these, in their order, all the ways of contact of a person. */
export async function setContacts(tx: Tx, personId: string, contacts: readonly Contact[]): Promise<void> {
  await tx.execute('DELETE FROM person_contact WHERE person_id = $1', [personId]);
  await tx.execute(
    `INSERT INTO person_contact (person_id, seq, kind, value, note)
     SELECT $1, c.seq, c.kind, c.value, c.note
     FROM unnest($2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS c (kind, value, note, seq)`,
    [personId, contacts.map(({ kind }) => kind), contacts.map(({ value }) => value), contacts.map(({ note }) => note)],
  );
}

/** Makes these all the functions of a person. */
export async function setFunctions(tx: Tx, personId: string, functions: readonly PersonFunction[]): Promise<void> {
  await tx.execute('DELETE FROM person_function WHERE person_id = $1', [personId]);
  await tx.execute('INSERT INTO person_function (person_id, function) SELECT $1, unnest($2::text[])', [
    personId,
    functions,
  ]);
}

/**
 * Makes these all the skills of a person. One that was there already may be in a retired field.
 * @throws AppError `unprocessable` `unsuitable-skill-field` for a new one in a field that is not there, or retired.
 */
export async function setSkills(tx: Tx, personId: string, skills: readonly NewSkill[]): Promise<void> {
  const values = [
    personId,
    skills.map(({ fieldId }) => fieldId),
    skills.map(({ level }) => level),
    skills.map(({ since }) => dateOf(since)),
    skills.map(({ validUntil }) => validUntil && dateOf(validUntil)),
    skills.map(({ note }) => note),
  ];
  const stated = `unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[])
    AS n (field_id, level, since, valid_until, note)`;
  await tx.execute(
    'DELETE FROM person_skill WHERE person_id = $1 AND field_id <> ALL ($2::uuid[])',
    values.slice(0, 2),
  );
  await tx.execute(
    `UPDATE person_skill s SET level = n.level, since = n.since, valid_until = n.valid_until, note = n.note
     FROM ${stated} WHERE s.person_id = $1 AND s.field_id = n.field_id`,
    values,
  );
  await mapConstraints({ person_skill_field_in_use: unsuitableField }, () =>
    tx.execute(
      `INSERT INTO person_skill (person_id, field_id, level, since, valid_until, note)
       SELECT $1, n.* FROM ${stated}
       WHERE NOT EXISTS (SELECT FROM person_skill s WHERE s.person_id = $1 AND s.field_id = n.field_id)
       ORDER BY n.field_id`,
      values,
    ),
  );
}

/** Sets when a person leaves. */
export async function setLeavesAt(tx: Tx, personId: string, leavesAt: Temporal.Instant | null): Promise<void> {
  await tx.execute('UPDATE person SET leaves_at = $2 WHERE id = $1', [personId, leavesAt && dateOf(leavesAt)]);
}

function unsuitableField(): AppError {
  return new AppError('unprocessable', 'unsuitable-skill-field', 'A new skill needs a field of the catalogue in use', {
    fields: [{ field: '#/skills', message: 'must name fields that are in use' }],
  });
}
