import { recordAudit } from '../audit/audit.store.ts';
import type { Queryable, Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Origin } from './actor.ts';
import { digestOf, makeSecret } from './secret.ts';

/** What a new token is made of. */
export interface NewToken {
  readonly principalId: string;
  /** 1 to 200 characters: what it is for. */
  readonly name: string;
  /** Null: it is good until it is revoked. */
  readonly expiresAt: Date | null;
}

/** A token without its secret, which nobody can read again. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly principalId: string;
  readonly principalName: string;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  /** Written in batches, so it may lag behind by some seconds. */
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

const COLUMNS = `t.id, t.name, t.principal_id AS "principalId", p.name AS "principalName", t.created_by AS "createdBy",
  t.created_at AS "createdAt", t.expires_at AS "expiresAt", t.last_used_at AS "lastUsedAt", t.revoked_at AS "revokedAt"`;

/**
 * Makes a token for a principal and records it. This is the only moment at which its secret exists in the clear.
 * It does not ask who may do so: that is `grantToken` for requests.
 * @throws AppError `not-found` `no-such-principal`; `conflict` `principal-disabled`; `invalid` `expiry-in-the-past`.
 */
export async function createToken(tx: Tx, wanted: NewToken, origin: Origin): Promise<{ id: string; secret: string }> {
  const id = newId();
  const secret = makeSecret('token');
  await requireActive(tx, wanted.principalId);
  await mapConstraints({ api_token_expires_later: expiryInThePast }, () =>
    tx.execute(
      `INSERT INTO api_token (id, principal_id, name, hash, expires_at, created_by)
       VALUES ($1, $2, $3, decode($4, 'hex'), $5, $6)`,
      [id, wanted.principalId, wanted.name, digestOf(secret), wanted.expiresAt, origin.actor.principalId],
    ),
  );
  await recordAudit(tx, {
    ...origin,
    action: 'token.create',
    subjectKind: 'token',
    subjectId: id,
    details: { name: wanted.name, principalId: wanted.principalId, expiresAt: wanted.expiresAt?.toISOString() ?? null },
  });
  return { id, secret };
}

/**
 * Revokes a token for good. A token that is revoked already stays as it is, and nothing is recorded again.
 * @throws AppError `not-found` `no-such-token`.
 */
export async function revokeToken(tx: Tx, id: string, origin: Origin): Promise<void> {
  const revoked = await tx.execute('UPDATE api_token SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL', [
    id,
  ]);
  if (revoked === 0) {
    if (!(await findToken(tx, id))) throw noSuchToken(id);
    return;
  }
  await recordAudit(tx, { ...origin, action: 'token.revoke', subjectKind: 'token', subjectId: id });
}

/** One token, revoked and expired ones included; undefined when there is none. */
export async function findToken(db: Queryable, id: string): Promise<Token | undefined> {
  const rows = await db.rows<Token>(
    `SELECT ${COLUMNS} FROM api_token t JOIN principal p ON p.id = t.principal_id WHERE t.id = $1`,
    [id],
  );
  return rows[0];
}

/** Tokens, oldest first, revoked and expired ones included: of one principal, or of everybody. */
export async function listTokens(
  db: Queryable,
  filter: { readonly principalId?: string | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<Token[]> {
  return db.rows<Token>(
    `SELECT ${COLUMNS} FROM api_token t JOIN principal p ON p.id = t.principal_id
     WHERE ($1::uuid IS NULL OR t.principal_id = $1) AND ($2::uuid IS NULL OR t.id > $2)
     ORDER BY t.id LIMIT $3`,
    [filter.principalId ?? null, filter.after ?? null, filter.limit],
  );
}

/** The error for a token that is not there, or that the caller may not know of. */
export function noSuchToken(id: string): AppError {
  return new AppError('not-found', 'no-such-token', `There is no token ${id}`);
}

async function requireActive(db: Queryable, principalId: string): Promise<void> {
  const found = await db.rows<{ disabled: boolean }>(
    'SELECT disabled_at IS NOT NULL AS disabled FROM principal WHERE id = $1',
    [principalId],
  );
  if (!found[0]) throw new AppError('not-found', 'no-such-principal', `There is no principal ${principalId}`);
  if (found[0].disabled) {
    throw new AppError('conflict', 'principal-disabled', `Principal ${principalId} is disabled: it gets no tokens`);
  }
}

function expiryInThePast(): AppError {
  return new AppError('invalid', 'expiry-in-the-past', 'The expiry lies in the past: choose a later instant', {
    fields: [{ field: '#/expiresAt', message: 'must lie in the future' }],
  });
}
