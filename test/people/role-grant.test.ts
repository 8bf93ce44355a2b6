import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { permissionsOf, ROLES, type Role } from '../../src/auth/permissions.ts';
import { requireMayChange, requireMayGive, rolesBeyond } from '../../src/people/role-grant.ts';

const someRoles = fc.uniqueArray(fc.constantFrom(...ROLES));
const principalWith = (roles: Role[]) => ({
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  kind: 'person' as const,
  name: 'giver',
  roles,
  permissions: permissionsOf(roles),
});

describe('giving roles', () => {
  test('an administrator may give every role, somebody without roles none that may do something', () => {
    expect(rolesBeyond(principalWith(['admin']), ROLES)).toEqual([]);
    expect(rolesBeyond(principalWith([]), ROLES)).toEqual([...ROLES]);
  });

  test('whoever receives roles never gains a permission that the giver lacks', () => {
    fc.assert(
      fc.property(someRoles, someRoles, (held, given) => {
        const giver = principalWith(held);
        const gained = [...permissionsOf(given)].filter((permission) => !giver.permissions.has(permission));
        const give = () => requireMayGive(giver, given);
        if (gained.length > 0) expect(give).toThrow(expect.objectContaining({ code: 'role-beyond-yours' }));
        else expect(give).not.toThrow();
      }),
    );
  });

  test('nobody changes a principal that may do more than they may', () => {
    const operator = principalWith(['operator']);
    expect(() => requireMayChange(operator, { name: 'x', roles: ['viewer', 'operator'] })).not.toThrow();
    expect(() => requireMayChange(operator, { name: 'x', roles: ['auditor'] })).toThrow(
      expect.objectContaining({ kind: 'forbidden', code: 'principal-beyond-you' }),
    );
  });
});
