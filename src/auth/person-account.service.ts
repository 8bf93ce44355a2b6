import { recordAudit } from '../audit/audit.store.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { deletePassword, findAccount } from './account.store.ts';
import { originOf } from './actor.ts';
import type { Caller } from './caller.ts';
import { requireNoMore } from './no-more.ts';
import { findPrincipal } from './principal.store.ts';
import type { Principal } from './principal.ts';
import { createSignInLink, revokeSessions } from './session.store.ts';

/**
 * Makes a link that signs a person in once: whoever has it acts as them, so it is made for those alone who may do no more
 * than the caller.
 * @throws AppError `not-found` `no-such-person`; `conflict` `principal-disabled`; `forbidden` `more-than-yourself`.
 */
export async function linkForPerson(
  tx: Tx,
  caller: Caller,
  personId: string,
): Promise<{ secret: string; expiresAt: Date }> {
  const person = await lesserPerson(tx, caller, personId, 'make a link for them');
  if ((await findAccount(tx, person.id))?.disabled) {
    throw new AppError('conflict', 'principal-disabled', `${person.name} is disabled: nobody signs in as them`);
  }
  return createSignInLink(tx, person.id, originOf(caller));
}

/**
 * Takes a person's password away, if they have one, and ends their sessions: from then on only links sign them in.
 * @throws AppError `not-found` `no-such-person`; `forbidden` `more-than-yourself`.
 */
export async function withdrawPassword(tx: Tx, caller: Caller, personId: string): Promise<void> {
  const person = await lesserPerson(tx, caller, personId, 'take their password away');
  await revokeSessions(tx, person.id, originOf(caller));
  if (!(await deletePassword(tx, person.id))) return;
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'password.withdraw',
    subjectKind: 'principal',
    subjectId: person.id,
  });
}

/**
 * Ends every session of a person. Their tokens go on.
 * @throws AppError `not-found` `no-such-person`; `forbidden` `more-than-yourself`.
 */
export async function endSessionsOf(tx: Tx, caller: Caller, personId: string): Promise<number> {
  const person = await lesserPerson(tx, caller, personId, 'end their sessions');
  return revokeSessions(tx, person.id, originOf(caller));
}

async function lesserPerson(tx: Tx, { principal }: Caller, id: string, act: string): Promise<Principal> {
  const found = await findPrincipal(tx, id);
  if (found?.kind !== 'person') throw new AppError('not-found', 'no-such-person', `There is no person ${id}`);
  requireNoMore(principal, found, act);
  return found;
}
