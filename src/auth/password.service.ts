import { recordAudit } from '../audit/audit.store.ts';
import type { Database } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { type Account, findAccount, holdActive, replacePassword } from './account.store.ts';
import { originOf } from './actor.ts';
import type { Client } from './arrival.ts';
import type { Caller } from './caller.ts';
import { hashPassword } from './password-hash.ts';
import { normalPassword, requireFitPassword } from './password-rules.ts';
import { tryPassword } from './password-try.service.ts';
import { isFreshFromLink } from './session.queries.ts';
import { type OpenedSession, renewSession, revokeSessions, SIGN_IN_LINK_SECONDS } from './session.store.ts';
import { accountSubject, forgetTries, networkSubject } from './sign-in-limit.store.ts';

/** Somebody who changes their own password, in the browser that they are signed in with. */
export interface PasswordChanger extends Caller {
  readonly sessionId: string;
  readonly client: Client;
}

/** What they type. */
export interface PasswordChange {
  readonly current?: string | undefined;
  readonly password: string;
}

/**
 * Sets the caller's password. The one there is must be named: a browser that was left open is not its owner. Whoever has just
 * come by a link has proven more than that, and may have forgotten it. Every other session ends, and this one gets another
 * secret, which is answered.
 * @throws AppError `invalid` (`unfit-password`, `current-password-missing`); `unprocessable` (`current-password-wrong`,
 *   `not-a-person`); `too-many` `sign-in-locked`; `conflict` `password-changed-meanwhile`; `unavailable` `passwords-busy`.
 */
export async function changePassword(
  db: Database,
  changer: PasswordChanger,
  { current, password }: PasswordChange,
): Promise<OpenedSession> {
  const account = await findAccount(db, changer.principal.id);
  if (!account) throw notAPerson(changer.principal.name);
  const next = normalPassword(password);
  requireFitPassword(next, account);
  await requireCurrent(db, changer, account, current);
  const hash = await hashPassword(next);
  return db.transaction(async (tx) => {
    if (!(await holdActive(tx, account.principalId)) || !(await replacePassword(tx, account, hash))) throw meanwhile();
    await forgetTries(tx, [accountSubject(account, account.name)]);
    await revokeSessions(tx, account.principalId, originOf(changer), changer.sessionId);
    await recordAudit(tx, {
      ...originOf(changer),
      action: 'password.set',
      subjectKind: 'principal',
      subjectId: account.principalId,
    });
    return renewSession(tx, changer.sessionId);
  });
}

async function requireCurrent(
  db: Database,
  { sessionId, client, requestId }: PasswordChanger,
  account: Account,
  current: string | undefined,
): Promise<void> {
  if (account.passwordHash === null) return;
  if (current === undefined) {
    if (await isFreshFromLink(db, sessionId, SIGN_IN_LINK_SECONDS)) return;
    throw currentMissing();
  }
  const subjects = [accountSubject(account, account.name), networkSubject(client.network)] as const;
  const isRight = await tryPassword(db, {
    account,
    typed: normalPassword(current),
    subjects,
    arrival: { client, requestId },
  });
  if (!isRight) throw currentWrong();
}

function currentMissing(): AppError {
  return new AppError(
    'invalid',
    'current-password-missing',
    'Name the current password as well, or sign in by a link and set a new one within 15 minutes',
    { fields: [{ field: '#/current', message: 'is missing' }] },
  );
}

function currentWrong(): AppError {
  return new AppError('unprocessable', 'current-password-wrong', 'The current password is another one', {
    fields: [{ field: '#/current', message: 'is not your password' }],
  });
}

function notAPerson(name: string): AppError {
  return new AppError(
    'unprocessable',
    'not-a-person',
    `Only persons have passwords, and ${name} is none: add yourself as a person and sign in by a link for that one`,
  );
}

function meanwhile(): AppError {
  return new AppError(
    'conflict',
    'password-changed-meanwhile',
    'The password was changed or the person disabled in this moment: look, and try again',
  );
}
