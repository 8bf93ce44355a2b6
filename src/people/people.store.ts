import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { type ColumnChanges, statedColumns } from '../database/stated-columns.ts';
import { AppError } from '../kernel/errors.ts';
import {
  PersonEntity,
  type PersonRow,
  ServiceAccountEntity,
  type ServiceAccountRow,
  TeamEntity,
} from './people.entity.ts';

const emailTaken = () =>
  new AppError('conflict', 'email-taken', 'Another person has this e-mail address', {
    fields: [{ field: '#/email', message: 'is taken' }],
  });

/** @throws AppError `conflict` `email-taken`. */
export async function insertPerson(tx: Tx, row: PersonRow): Promise<void> {
  await mapConstraints({ person_email_unique: emailTaken }, () => tx.repository(PersonEntity).insert(row));
}

/** @throws AppError `conflict` `email-taken`. */
export async function updatePersonRow(tx: Tx, id: string, change: ColumnChanges<Omit<PersonRow, 'id'>>): Promise<void> {
  const columns = statedColumns(change);
  if (!columns) return;
  await mapConstraints({ person_email_unique: emailTaken }, () => tx.repository(PersonEntity).update({ id }, columns));
}

export async function insertTeam(tx: Tx, id: string): Promise<void> {
  await tx.repository(TeamEntity).insert({ id });
}

/**
 * Makes these persons, and nobody else, the members of a team. Persons who are members already may be disabled;
 * whoever joins must be active.
 * @throws AppError `unprocessable` `unsuitable-member`, naming the first that is not an active person.
 */
export async function setMembers(tx: Tx, teamId: string, members: readonly string[]): Promise<void> {
  await tx.execute('DELETE FROM team_member WHERE team_id = $1 AND person_id <> ALL ($2::uuid[])', [teamId, members]);
  const staying = await tx.rows<{ id: string }>('SELECT person_id AS id FROM team_member WHERE team_id = $1', [teamId]);
  const known = new Set(staying.map((row) => row.id));
  const joining = members.filter((id) => !known.has(id)).toSorted();
  const active = await tx.rows<{ id: string }>(
    `SELECT id FROM principal WHERE id = ANY ($1::uuid[]) AND kind = 'person' AND disabled_at IS NULL
     ORDER BY id FOR SHARE`,
    [joining],
  );
  const suitable = new Set(active.map((row) => row.id));
  const unsuitable = members.find((id) => !known.has(id) && !suitable.has(id));
  if (unsuitable) throw unsuitableMember(unsuitable, members.indexOf(unsuitable));
  await tx.execute('INSERT INTO team_member (team_id, person_id) SELECT $1, unnest($2::uuid[])', [teamId, joining]);
}

export async function insertServiceAccount(tx: Tx, row: ServiceAccountRow): Promise<void> {
  await tx.repository(ServiceAccountEntity).insert(row);
}

/** Sets the columns that the change states; changes nothing when it states none. */
export async function updateServiceAccountRow(
  tx: Tx,
  id: string,
  change: ColumnChanges<Omit<ServiceAccountRow, 'id'>>,
): Promise<void> {
  const columns = statedColumns(change);
  if (columns) await tx.repository(ServiceAccountEntity).update({ id }, columns);
}

function unsuitableMember(id: string, index: number): AppError {
  return new AppError('unprocessable', 'unsuitable-member', `A member must be an active person: ${id} is not`, {
    fields: [{ field: `#/members/${index}`, message: 'must be the id of an active person' }],
  });
}
