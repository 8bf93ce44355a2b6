import type { Database } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { findAccountByName, holdAccount } from './account.store.ts';
import type { Arrival } from './arrival.ts';
import { hashPassword, isOutdated } from './password-hash.ts';
import { normalPassword } from './password-rules.ts';
import { tryPassword } from './password-try.service.ts';
import { type OpenedSession, openSession } from './session.store.ts';
import { accountSubject, forgetTries, networkSubject } from './sign-in-limit.store.ts';

/** What somebody types who signs in. */
export interface SignIn {
  /** The name or the e-mail address of a person, in any case. */
  readonly name: string;
  readonly password: string;
}

/** Who is signed in, and by which session. */
export interface SignedIn {
  readonly principal: { readonly id: string; readonly name: string };
  readonly session: OpenedSession;
}

/**
 * Signs a person in by their password. A name that nobody has, a person without a password or a disabled one, and a wrong
 * password take the same way, the same time, and get the same answer.
 * @throws AppError `unauthenticated` `sign-in-refused`; `too-many` `sign-in-locked`; `unavailable` `passwords-busy`.
 */
export async function signIn(db: Database, { name, password }: SignIn, arrival: Arrival): Promise<SignedIn> {
  const account = await findAccountByName(db, name);
  const subjects = [accountSubject(account, name), networkSubject(arrival.client.network)] as const;
  const typed = normalPassword(password);
  const isRight = await tryPassword(db, { account, typed, subjects, arrival });
  if (!isRight || !account?.passwordHash) throw refused();
  const rehashed = isOutdated(account.passwordHash) ? await hashPassword(typed) : undefined;
  return db.transaction(async (tx) => {
    if (!(await holdAccount(tx, account, rehashed))) throw refused();
    await forgetTries(tx, subjects);
    const principal = { id: account.principalId, name: account.name };
    return { principal, session: await openSession(tx, principal, 'password', arrival) };
  });
}

function refused(): AppError {
  return new AppError(
    'unauthenticated',
    'sign-in-refused',
    'Name and password do not go together, or this person has no password: try again, or use a sign-in link',
  );
}
