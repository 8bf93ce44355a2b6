import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { originOf } from './actor.ts';
import type { Caller } from './caller.ts';
import { requireNoMore } from './no-more.ts';
import { findPrincipal } from './principal.store.ts';
import type { Principal } from './principal.ts';
import { createToken, findToken, type NewToken, noSuchToken, revokeToken, type Token } from './token.store.ts';

/**
 * Makes a token as a caller asks for it: for themselves, or, with `token.manage`, for anyone who may do no more than
 * they may.
 * @throws AppError `forbidden` `permission-missing` or `more-than-yourself`, and what `createToken` throws.
 */
export async function grantToken(tx: Tx, caller: Caller, wanted: NewToken): Promise<{ token: Token; secret: string }> {
  const { principal } = caller;
  if (wanted.principalId !== principal.id) {
    requireManager(principal);
    const owner = await findPrincipal(tx, wanted.principalId);
    if (owner) requireNoMore(principal, owner, 'make a token for it');
  }
  const { id, secret } = await createToken(tx, wanted, originOf(caller));
  const token = await findToken(tx, id);
  if (!token) throw new Error(`token ${id} is not there right after it was made`);
  return { token, secret };
}

/**
 * Revokes a token as a caller asks for it: their own, or, with `token.manage`, anyone's.
 * @throws AppError `not-found` `no-such-token`, also for a token that the caller may not know of.
 */
export async function withdrawToken(tx: Tx, caller: Caller, id: string): Promise<void> {
  const token = await findToken(tx, id);
  const theirs = token?.principalId === caller.principal.id;
  if (!theirs && !caller.principal.permissions.has('token.manage')) throw noSuchToken(id);
  await revokeToken(tx, id, originOf(caller));
}

function requireManager(principal: Principal): void {
  if (principal.permissions.has('token.manage')) return;
  throw new AppError(
    'forbidden',
    'permission-missing',
    'A token for somebody else needs the permission token.manage; leave principalId out to make one for yourself',
  );
}
