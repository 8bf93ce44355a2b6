import { recordAudit } from '../audit/audit.store.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Origin } from './actor.ts';
import { permissionsOf, type Role } from './permissions.ts';
import type { Principal, PrincipalKind } from './principal.ts';

/** What a new principal is made of. Roles are everything that it may do. */
export interface NewPrincipal {
  readonly kind: PrincipalKind;
  /** 1 to 200 characters; unique without regard to case. */
  readonly name: string;
  readonly roles: readonly Role[];
}

/** The columns that make a {@link Principal}. */
export interface PrincipalRow {
  readonly id: string;
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly roles: readonly Role[];
}

/**
 * Makes a principal and records it in the audit trail.
 * @throws AppError `conflict` `principal-name-taken`.
 */
export async function createPrincipal(tx: Tx, wanted: NewPrincipal, origin: Origin): Promise<Principal> {
  const id = newId();
  await mapConstraints({ principal_name_unique: () => principalNameTaken(wanted.name) }, () =>
    tx.execute('INSERT INTO principal (id, kind, name, roles) VALUES ($1, $2, $3, $4)', [
      id,
      wanted.kind,
      wanted.name,
      wanted.roles,
    ]),
  );
  await recordAudit(tx, {
    ...origin,
    action: 'principal.create',
    subjectKind: 'principal',
    subjectId: id,
    details: { kind: wanted.kind, name: wanted.name, roles: wanted.roles },
  });
  return principalOf({ id, ...wanted });
}

/** The error for a name that the database refuses: names are unique, whatever the case. */
export function principalNameTaken(name: string): AppError {
  return new AppError(
    'conflict',
    'principal-name-taken',
    `A principal named ${name} exists already: choose another name`,
    { fields: [{ field: '#/name', message: 'is taken' }] },
  );
}

/** The principal of an id, disabled ones included; undefined when there is none. */
export async function findPrincipal(db: Queryable, id: string): Promise<Principal | undefined> {
  const rows = await db.rows<PrincipalRow>('SELECT id, kind, name, roles FROM principal WHERE id = $1', [id]);
  return rows[0] && principalOf(rows[0]);
}

/** The principal of a name without regard to case, disabled ones included; undefined when there is none. */
export async function findPrincipalByName(db: Queryable, name: string): Promise<Principal | undefined> {
  const rows = await db.rows<PrincipalRow>(
    'SELECT id, kind, name, roles FROM principal WHERE lower(name) = lower($1)',
    [name],
  );
  return rows[0] && principalOf(rows[0]);
}

/** A row of `principal` with the permissions that its roles give. */
export function principalOf({ id, kind, name, roles }: PrincipalRow): Principal {
  return { id, kind, name, roles, permissions: permissionsOf(roles) };
}
