import { AppError } from '../kernel/errors.ts';
import type { Principal } from './principal.ts';

/**
 * Nobody acts for somebody who may do more: that would be a way up.
 * @param act what is not done, as the end of "you cannot ...".
 * @throws AppError `forbidden` `more-than-yourself`.
 */
export function requireNoMore(caller: Principal, other: Principal, act: string): void {
  const more = [...other.permissions].filter((permission) => !caller.permissions.has(permission));
  if (more.length === 0) return;
  throw new AppError(
    'forbidden',
    'more-than-yourself',
    `${other.name} may do what you may not (${more.join(', ')}): you cannot ${act}`,
  );
}
