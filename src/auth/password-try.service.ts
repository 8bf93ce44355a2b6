import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Database } from '../database/database.ts';
import type { Account } from './account.store.ts';
import type { Arrival } from './arrival.ts';
import { verifyPassword } from './password-hash.ts';
import { countTry, type LimitSubject } from './sign-in-limit.store.ts';

/** One try of a password. */
export interface PasswordTry {
  /** Undefined when nobody has the name. */
  readonly account: Account | undefined;
  /** In its normal form. */
  readonly typed: string;
  /** Whose tries are counted, the account first. */
  readonly subjects: readonly [account: LimitSubject, network: LimitSubject];
  readonly arrival: Pick<Arrival, 'client' | 'requestId'>;
}

/** So much of a name's digest says that two tries meant the same name, and too little to guess what was typed. */
const DIGEST_DIGITS = 4;

/**
 * Counts a try, then compares the password. What goes wrong is recorded: the account where there is one, else no more than a
 * trace of the name, because people type passwords there.
 * @throws AppError `too-many` `sign-in-locked`; `unavailable` `passwords-busy`.
 */
export async function tryPassword(
  db: Database,
  { account, typed, subjects, arrival: { client, requestId } }: PasswordTry,
): Promise<boolean> {
  const lockedUntil = await db.transaction((tx) => countTry(tx, subjects));
  const isRight = await verifyPassword(account?.passwordHash ?? undefined, typed);
  if (isRight && !account?.disabled) return true;
  const subject = account
    ? { subjectKind: 'principal', subjectId: account.principalId }
    : { subjectKind: 'unknown-name', subjectId: subjects[0].slice(0, DIGEST_DIGITS) };
  const entry = { actor: SYSTEM_ACTOR, requestId, ...subject };
  await db.transaction(async (tx) => {
    await recordAudit(tx, { ...entry, action: 'sign-in.refused', details: { address: client.address } });
    if (!lockedUntil) return;
    const details = { address: client.address, until: lockedUntil.toISOString() };
    await recordAudit(tx, { ...entry, action: 'sign-in.lock-out', details });
  });
  return false;
}
