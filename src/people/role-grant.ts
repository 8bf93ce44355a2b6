import { permissionsOf, type Role } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import { AppError } from '../kernel/errors.ts';

/** The roles among `roles` that may do something which the principal may not. */
export function rolesBeyond(principal: Pick<Principal, 'permissions'>, roles: readonly Role[]): Role[] {
  return roles.filter((role) =>
    [...permissionsOf([role])].some((permission) => !principal.permissions.has(permission)),
  );
}

/**
 * Nobody gives what they do not hold.
 * @throws AppError `forbidden` `role-beyond-yours`.
 */
export function requireMayGive(principal: Principal, roles: readonly Role[]): void {
  const beyond = rolesBeyond(principal, roles);
  if (beyond.length === 0) return;
  throw new AppError(
    'forbidden',
    'role-beyond-yours',
    `You cannot give the role ${beyond.join(', ')}: it may do more than you may`,
    { fields: [{ field: '#/roles', message: `must not hold ${beyond.join(', ')}` }] },
  );
}

/**
 * Nobody changes a principal that may do more than they may: renaming, disabling or demoting it would be a way up.
 * @throws AppError `forbidden` `principal-beyond-you`.
 */
export function requireMayChange(
  principal: Principal,
  target: { readonly name: string; readonly roles: readonly Role[] },
): void {
  const beyond = rolesBeyond(principal, target.roles);
  if (beyond.length === 0) return;
  throw new AppError(
    'forbidden',
    'principal-beyond-you',
    `You cannot change ${target.name}: its role ${beyond.join(', ')} may do more than you may`,
  );
}
