import type { Queryable, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { type PrincipalRow, principalOf } from './principal.store.ts';
import type { Principal } from './principal.ts';
import { digestOf, isSecret } from './secret.ts';

/** What a request can prove itself with. */
export type CredentialKind = 'token' | 'session';

/** A principal, and the credential that proved it. */
export interface Identity {
  readonly principal: Principal;
  readonly kind: CredentialKind;
  /** The id of the token or session. */
  readonly credentialId: string;
}

/** A session that nobody uses for so long is over, however long it would last. */
export const SESSION_IDLE_SECONDS = 2 * 3600;

/** What makes each kind of credential worthless by time alone. */
const EXPIRED: Readonly<Record<CredentialKind, string>> = {
  token: 'coalesce(c.expires_at <= clock_timestamp(), false)',
  session: `c.expires_at <= clock_timestamp()
       OR c.last_used_at <= clock_timestamp() - make_interval(secs => ${SESSION_IDLE_SECONDS})`,
};

const TABLES: Readonly<Record<CredentialKind, string>> = { token: 'api_token', session: 'session' };

interface CredentialRow extends PrincipalRow {
  readonly credentialId: string;
  readonly revoked: boolean;
  readonly expired: boolean;
  readonly disabled: boolean;
}

/**
 * Finds whose token this is.
 * @throws AppError `unauthenticated`: `token-unknown`, `token-revoked`, `token-expired` or `principal-disabled`.
 */
export async function authenticateToken(db: Queryable, secret: string): Promise<Identity> {
  if (!isSecret('token', secret)) throw unknownCredential('token');
  return authenticateDigest(db, 'token', digestOf(secret));
}

/** The same for a digest, of a token or of a session; session codes are `session-unknown` and so on. */
export async function authenticateDigest(db: Queryable, kind: CredentialKind, digest: string): Promise<Identity> {
  const rows = await db.rows<CredentialRow>(
    `SELECT p.id, p.kind, p.name, p.roles, c.id AS "credentialId", c.revoked_at IS NOT NULL AS revoked,
       ${EXPIRED[kind]} AS expired, p.disabled_at IS NOT NULL AS disabled
     FROM ${TABLES[kind]} c JOIN principal p ON p.id = c.principal_id WHERE c.hash = decode($1, 'hex')`,
    [digest],
  );
  const row = rows[0];
  if (!row) throw unknownCredential(kind);
  if (row.revoked) throw refused(`${kind}-revoked`, `The ${kind} was revoked: use another one`);
  if (row.expired) throw refused(`${kind}-expired`, `The ${kind} has expired: use another one`);
  if (row.disabled) throw refused('principal-disabled', `${row.name} is disabled: ask an administrator`);
  return { principal: principalOf(row), kind, credentialId: row.credentialId };
}

/** Notes when credentials were last used: one statement for many, locked in order so that replicas never deadlock here. */
export async function recordUse(tx: Tx, kind: CredentialKind, usedAt: ReadonlyMap<string, Date>): Promise<void> {
  if (usedAt.size === 0) return;
  await tx.execute(
    `WITH used AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)),
       locked AS (SELECT c.id FROM ${TABLES[kind]} c WHERE c.id = ANY($1::uuid[]) ORDER BY c.id FOR NO KEY UPDATE)
     UPDATE ${TABLES[kind]} c SET last_used_at = greatest(c.last_used_at, used.at)
     FROM used JOIN locked ON locked.id = used.id WHERE c.id = used.id`,
    [[...usedAt.keys()], [...usedAt.values()]],
  );
}

/** The refusal of a credential that is none of ours. */
export function unknownCredential(kind: CredentialKind): AppError {
  return refused(
    `${kind}-unknown`,
    kind === 'token'
      ? 'The bearer token is not known here: it must be the whole text, muster_ and 43 more characters'
      : 'The session is not known here: sign in again',
  );
}

function refused(code: string, message: string): AppError {
  return new AppError('unauthenticated', code, message);
}
