import { recordAudit, recordAudits } from '../audit/audit.store.ts';
import type { Database, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Origin } from './actor.ts';
import type { Arrival } from './arrival.ts';
import { digestOf, isSecret, makeSecret } from './secret.ts';

/** How long a sign-in link waits to be used. */
export const SIGN_IN_LINK_SECONDS = 15 * 60;

/** How long a session lasts from signing in. */
export const SESSION_SECONDS = 12 * 3600;

/** What a session was opened with. */
export type OpenedBy = 'link' | 'password';

/** A session with its secret, which goes into the browser's cookie and nowhere else. */
export interface OpenedSession {
  readonly secret: string;
  readonly expiresInSeconds: number;
}

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
export async function consumeSignInLink(tx: Tx, linkSecret: string, arrival: Arrival): Promise<OpenedSession> {
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
  return openSession(tx, principal, 'link', arrival);
}

/** Ends a session for good, and records it. Ending one that is over does nothing. */
export async function revokeSession(tx: Tx, sessionId: string, origin: Origin): Promise<void> {
  await endWhere(tx, 'id = $1', [sessionId], origin);
}

/** Ends every session of a principal, perhaps all but one. Answers how many. */
export async function revokeSessions(tx: Tx, principalId: string, origin: Origin, except?: string): Promise<number> {
  return endWhere(tx, 'principal_id = $1 AND id IS DISTINCT FROM $2::uuid', [principalId, except ?? null], origin);
}

/**
 * Gives a session that is good another secret: whoever knows the old one has nothing any more.
 * @throws AppError `unauthenticated` `session-revoked` when it was ended meanwhile.
 */
export async function renewSession(tx: Tx, sessionId: string): Promise<OpenedSession> {
  const secret = makeSecret('session');
  const [renewed] = await tx.rows<{ expiresInSeconds: number }>(
    `UPDATE session SET hash = decode($2, 'hex') WHERE id = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()
     RETURNING ceil(extract(epoch FROM expires_at - now()))::integer AS "expiresInSeconds"`,
    [sessionId, digestOf(secret)],
  );
  if (renewed) return { secret, expiresInSeconds: renewed.expiresInSeconds };
  throw new AppError('unauthenticated', 'session-revoked', 'The session has ended meanwhile: sign in again');
}

/**
 * Opens a session, and ends the one that the browser had: nobody goes on working in a session that somebody else may have
 * put there.
 */
export async function openSession(
  tx: Tx,
  principal: { readonly id: string; readonly name: string },
  openedBy: OpenedBy,
  { client, requestId, presented }: Arrival,
): Promise<OpenedSession> {
  const id = newId();
  const secret = makeSecret('session');
  const origin = { actor: { principalId: principal.id, name: principal.name }, requestId };
  if (presented !== undefined) await endWhere(tx, `hash = decode($1, 'hex')`, [presented], origin);
  await tx.execute(
    `INSERT INTO session (id, hash, principal_id, expires_at, opened_by, client_address, client_agent)
     VALUES ($1, decode($2, 'hex'), $3, now() + make_interval(secs => $4), $5, $6, $7)`,
    [id, digestOf(secret), principal.id, SESSION_SECONDS, openedBy, client.address, client.agent],
  );
  await recordAudit(tx, {
    ...origin,
    action: 'session.open',
    subjectKind: 'session',
    subjectId: id,
    details: { by: openedBy, address: client.address },
  });
  return { secret, expiresInSeconds: SESSION_SECONDS };
}

/** Deletes links and sessions that expired more than a day ago; the audit trail keeps what they were. Answers how many. */
export async function purgeExpiredSignIns(db: Database): Promise<number> {
  const expired = `expires_at < now() - interval '1 day'`;
  const links = await db.execute(`DELETE FROM sign_in_link WHERE ${expired}`);
  return links + (await db.execute(`DELETE FROM session WHERE ${expired}`));
}

async function endWhere(tx: Tx, which: string, parameters: readonly unknown[], origin: Origin): Promise<number> {
  const ended = await tx.rows<{ id: string }>(
    `UPDATE session SET revoked_at = now() WHERE ${which} AND revoked_at IS NULL AND expires_at > now() RETURNING id`,
    parameters,
  );
  await recordAudits(
    tx,
    ended.map(({ id }) => ({ ...origin, action: 'session.close', subjectKind: 'session', subjectId: id })),
  );
  return ended.length;
}
