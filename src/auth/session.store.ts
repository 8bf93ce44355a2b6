import { recordAudit } from '../audit/audit.store.ts';
import type { Database, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Origin } from './actor.ts';
import { digestOf, isSecret, makeSecret } from './secret.ts';

/** How long a sign-in link waits to be used. */
export const SIGN_IN_LINK_SECONDS = 15 * 60;

/** How long a session lasts from signing in. */
export const SESSION_SECONDS = 12 * 3600;

/**
 * Makes a link that signs its principal in once, and records it. The path is `/sign-in?token=SECRET`.
 * @throws AppError `not-found` `no-such-principal` when the principal is unknown or disabled.
 */
export async function createSignInLink(
  tx: Tx,
  principalId: string,
  origin: Origin,
): Promise<{ secret: string; expiresAt: Date }> {
  const secret = makeSecret('sign-in-link');
  const made = await tx.rows<{ expiresAt: Date }>(
    `INSERT INTO sign_in_link (hash, principal_id, expires_at)
     SELECT decode($1, 'hex'), id, now() + make_interval(secs => $3) FROM principal
     WHERE id = $2 AND disabled_at IS NULL
     RETURNING expires_at AS "expiresAt"`,
    [digestOf(secret), principalId, SIGN_IN_LINK_SECONDS],
  );
  if (!made[0]) {
    throw new AppError('not-found', 'no-such-principal', `There is no principal ${principalId} that can sign in`);
  }
  await recordAudit(tx, { ...origin, action: 'sign-in-link.create', subjectKind: 'principal', subjectId: principalId });
  return { secret, expiresAt: made[0].expiresAt };
}

/**
 * Uses a sign-in link up and opens a session. Of two callers with the same link one gets the session: the second finds
 * no row to update.
 * @throws AppError `unauthenticated` `sign-in-link-over` when the link is unknown, used, expired, or its principal disabled.
 */
export async function consumeSignInLink(
  tx: Tx,
  linkSecret: string,
  requestId?: string,
): Promise<{ secret: string; expiresInSeconds: number }> {
  const used = isSecret('sign-in-link', linkSecret)
    ? await tx.rows<{ id: string; name: string }>(
        `UPDATE sign_in_link l SET used_at = now() FROM principal p
         WHERE l.hash = decode($1, 'hex') AND l.used_at IS NULL AND l.expires_at > now()
           AND p.id = l.principal_id AND p.disabled_at IS NULL
         RETURNING p.id, p.name`,
        [digestOf(linkSecret)],
      )
    : [];
  const principal = used[0];
  if (!principal) {
    throw new AppError(
      'unauthenticated',
      'sign-in-link-over',
      'This sign-in link was used already, has expired, or was never given out: ask for a new one',
    );
  }
  const secret = await openSession(tx, principal, requestId);
  return { secret, expiresInSeconds: SESSION_SECONDS };
}

/** Ends a session for good, and records it. Ending one that is over does nothing. */
export async function revokeSession(tx: Tx, sessionId: string, origin: Origin): Promise<void> {
  const ended = await tx.execute('UPDATE session SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL', [
    sessionId,
  ]);
  if (ended === 0) return;
  await recordAudit(tx, { ...origin, action: 'session.close', subjectKind: 'session', subjectId: sessionId });
}

/** Deletes links and sessions that expired more than a day ago; the audit trail keeps what they were. Answers how many. */
export async function purgeExpiredSignIns(db: Database): Promise<number> {
  const expired = `expires_at < now() - interval '1 day'`;
  const links = await db.execute(`DELETE FROM sign_in_link WHERE ${expired}`);
  return links + (await db.execute(`DELETE FROM session WHERE ${expired}`));
}

async function openSession(
  tx: Tx,
  principal: { readonly id: string; readonly name: string },
  requestId: string | undefined,
): Promise<string> {
  const id = newId();
  const secret = makeSecret('session');
  await tx.execute(
    `INSERT INTO session (id, hash, principal_id, expires_at)
     VALUES ($1, decode($2, 'hex'), $3, now() + make_interval(secs => $4))`,
    [id, digestOf(secret), principal.id, SESSION_SECONDS],
  );
  await recordAudit(tx, {
    actor: { principalId: principal.id, name: principal.name },
    action: 'session.open',
    subjectKind: 'session',
    subjectId: id,
    ...(requestId === undefined ? {} : { requestId }),
  });
  return secret;
}
