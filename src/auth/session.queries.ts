import type { Queryable } from '../database/database.ts';
import { SESSION_IDLE_SECONDS } from './credential.queries.ts';
import type { OpenedBy } from './session.store.ts';

/** A session that is good, without its secret. */
export interface Session {
  readonly id: string;
  readonly openedBy: OpenedBy;
  readonly createdAt: Date;
  /** Written in batches, so it may lag behind by some seconds. */
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
  /** Null for a session from before addresses were kept. */
  readonly clientAddress: string | null;
  readonly clientAgent: string | null;
}

const COLUMNS = `s.id, s.opened_by AS "openedBy", s.created_at AS "createdAt", s.last_used_at AS "lastUsedAt",
  s.expires_at AS "expiresAt", s.client_address AS "clientAddress", s.client_agent AS "clientAgent"`;

/** The sessions of a principal that are good, newest first. */
export async function listSessions(
  db: Queryable,
  principalId: string,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<Session[]> {
  return db.rows<Session>(
    `SELECT ${COLUMNS} FROM session s
     WHERE s.principal_id = $1 AND ($2::uuid IS NULL OR s.id < $2) AND s.revoked_at IS NULL
       AND s.expires_at > now() AND s.last_used_at > now() - make_interval(secs => $4)
     ORDER BY s.id DESC LIMIT $3`,
    [principalId, page.after ?? null, page.limit, SESSION_IDLE_SECONDS],
  );
}

/** A session of a principal, also one that is over; undefined when there is none. */
export async function findSession(db: Queryable, principalId: string, id: string): Promise<Session | undefined> {
  const [found] = await db.rows<Session>(`SELECT ${COLUMNS} FROM session s WHERE s.id = $2 AND s.principal_id = $1`, [
    principalId,
    id,
  ]);
  return found;
}

/** Whether a session was opened by a link not longer ago than so many seconds. */
export async function isFreshFromLink(db: Queryable, id: string, seconds: number): Promise<boolean> {
  const found = await db.rows(
    `SELECT FROM session WHERE id = $1 AND opened_by = 'link' AND created_at > clock_timestamp() - make_interval(secs => $2)`,
    [id, seconds],
  );
  return found.length > 0;
}

/** What is known of whoever sent a request, besides their roles. */
export interface OwnAccount {
  readonly hasPassword: boolean;
  /** Null for teams and service accounts, and for persons who stated none. */
  readonly zone: string | null;
}

export async function ownAccount(db: Queryable, principalId: string): Promise<OwnAccount> {
  const [found] = await db.rows<OwnAccount>(
    `SELECT EXISTS (SELECT FROM account WHERE principal_id = $1) AS "hasPassword",
       (SELECT zone FROM person WHERE id = $1) AS zone`,
    [principalId],
  );
  return found ?? { hasPassword: false, zone: null };
}
