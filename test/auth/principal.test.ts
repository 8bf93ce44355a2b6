import { describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { permissionsOf, ROLES } from '../../src/auth/permissions.ts';
import { createPrincipal, findPrincipal, findPrincipalByName } from '../../src/auth/principal.store.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const origin = { actor: SYSTEM_ACTOR };
const make = (name: string, roles: readonly (typeof ROLES)[number][] = ['viewer']) =>
  database.db.transaction((tx) => createPrincipal(tx, { kind: 'person', name, roles }, origin));

describe('a principal', () => {
  it('may do what its roles may do, and comes back as it was made', async () => {
    const made = await make('Night shift', ['operator', 'auditor']);
    expect(made.permissions).toEqual(permissionsOf(['operator', 'auditor']));
    expect(await findPrincipal(database.db, made.id)).toEqual(made);
    expect(await findPrincipalByName(database.db, 'night SHIFT')).toEqual(made);
    expect(await findPrincipal(database.db, newId())).toBeUndefined();
  });

  it('has a name of its own, whatever its case', async () => {
    await make('Warehouse');
    await expect(make('warehouse')).rejects.toMatchObject({ kind: 'conflict', code: 'principal-name-taken' });
  });

  it('is recorded in the audit trail when it is made', async () => {
    const made = await make('Recorded');
    const entries = await database.db.rows(
      'SELECT action, actor_name, details FROM audit_entry WHERE subject_id = $1',
      [made.id],
    );
    expect(entries).toEqual([
      {
        action: 'principal.create',
        actor_name: 'muster',
        details: { kind: 'person', name: 'Recorded', roles: ['viewer'] },
      },
    ]);
  });

  it('cannot be given a role, kind or name that the code does not know, not even by SQL', async () => {
    const insert = (kind: string, name: string, role: string) =>
      database.db.execute('INSERT INTO principal (id, kind, name, roles) VALUES ($1, $2, $3, ARRAY[$4])', [
        newId(),
        kind,
        name,
        role,
      ]);
    await expect(insert('person', 'a', 'root')).rejects.toThrow(/principal_roles/);
    await expect(insert('robot', 'b', 'viewer')).rejects.toThrow(/principal_kind/);
    await expect(insert('person', '', 'viewer')).rejects.toThrow(/principal_name_length/);
    for (const role of ROLES) await insert('person', `with role ${role}`, role);
  });
});
