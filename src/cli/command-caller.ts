import type { Caller } from '../auth/caller.ts';
import type { Permission } from '../auth/permissions.ts';
import { systemCaller } from '../auth/system-caller.ts';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { principalNamed } from './principals.ts';
import { cliActor } from './sign-in-link.ts';

/** Whoever runs the command: on this machine they may do everything, and the audit trail names them as {@link cliActor}. */
export function commandCaller(): Caller {
  return systemCaller(cliActor().name);
}

/**
 * Somebody in whose name a command does what not everybody may.
 * @param act what the permission allows, in words.
 * @throws AppError `usage` when the name means nobody; `forbidden` `permission-missing`.
 */
export async function permittedCaller(
  db: Queryable,
  name: string,
  permission: Permission,
  act: string,
): Promise<Caller> {
  const principal = await principalNamed(db, name);
  if (principal.permissions.has(permission)) return { principal, requestId: newId() };
  throw new AppError('forbidden', 'permission-missing', `${principal.name} may not ${act}`);
}
