import { hash } from 'node:crypto';
import type { Database, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';

/** After so many tries in a row that went wrong, the next has to wait: at first so long, then twice as long each time. */
const TRIES_MAX = 5;
const WAIT_SECONDS = { first: 30, most: 900 } as const;

/** Whose tries are counted, as they are stored: SHA-256 in hexadecimal. */
export type LimitSubject = string;

/** The tries on an account, or on a name that nobody has: both are counted, so that nobody can tell them apart. */
export function accountSubject(found: { readonly principalId: string } | undefined, name: string): LimitSubject {
  return subjectOf(found ? 'account' : 'name', found?.principalId ?? name.toLowerCase());
}

/** The tries from a network. */
export function networkSubject(network: string): LimitSubject {
  return subjectOf('network', network);
}

/**
 * Counts a try before anybody looks at its password, so that a thousand at the same moment are a thousand tries. Of a wait
 * nothing is counted. The account comes first in `subjects`, so that no two callers hold what the other waits for.
 * @returns the end of the wait that this try begins if it goes wrong; undefined while more are free.
 * @throws AppError `too-many` `sign-in-locked` with the time to wait.
 */
export async function countTry(tx: Tx, subjects: readonly LimitSubject[]): Promise<Date | undefined> {
  let lockedUntil: Date | undefined;
  for (const subject of subjects) {
    const [counted] = await tx.rows<{ lockedUntil: Date | null }>(
      `INSERT INTO sign_in_limit AS l (subject, tries) VALUES (decode($1, 'hex'), 1)
       ON CONFLICT (subject) DO UPDATE SET tries = l.tries + 1, last_tried_at = now(), locked_until =
         CASE WHEN l.tries + 1 >= $2 THEN now() + make_interval(secs => least($4, $3 * 2 ^ least(l.tries + 1 - $2, 20))) END
       WHERE l.locked_until IS NULL OR l.locked_until <= now()
       RETURNING locked_until AS "lockedUntil"`,
      [subject, TRIES_MAX, WAIT_SECONDS.first, WAIT_SECONDS.most],
    );
    if (!counted) throw await mustWait(tx, subject);
    if (counted.lockedUntil && (!lockedUntil || counted.lockedUntil > lockedUntil)) lockedUntil = counted.lockedUntil;
  }
  return lockedUntil;
}

/** One try went well: those before it are forgotten. In the order of {@link countTry}. */
export async function forgetTries(tx: Tx, subjects: readonly LimitSubject[]): Promise<void> {
  for (const subject of subjects) {
    await tx.execute(`DELETE FROM sign_in_limit WHERE subject = decode($1, 'hex')`, [subject]);
  }
}

/** Forgets tries of more than a day ago. Answers of how many subjects. */
export async function purgeTries(db: Database): Promise<number> {
  return db.execute(`DELETE FROM sign_in_limit WHERE last_tried_at < now() - interval '1 day'`);
}

async function mustWait(tx: Tx, subject: LimitSubject): Promise<AppError> {
  const [row] = await tx.rows<{ lockedUntil: Date; seconds: number }>(
    `SELECT locked_until AS "lockedUntil", greatest(1, ceil(extract(epoch FROM locked_until - now())))::integer AS seconds
     FROM sign_in_limit WHERE subject = decode($1, 'hex')`,
    [subject],
  );
  const seconds = row?.seconds ?? 1;
  const until = row ? ` (${row.lockedUntil.toISOString()})` : '';
  return new AppError(
    'too-many',
    'sign-in-locked',
    `Too many tries went wrong: try again in ${seconds} s${until}, or use a sign-in link, which works at any time`,
    { retryAfterSeconds: seconds },
  );
}

function subjectOf(kind: string, text: string): LimitSubject {
  return hash('sha256', `${kind}\0${text}`, 'hex');
}
