import { recordAudit } from '../../audit/audit.store.ts';
import type { Origin } from '../../auth/actor.ts';
import { digestOf, makeSecret } from '../../auth/secret.ts';
import type { Queryable, Tx } from '../../database/database.ts';
import { instantOf } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { PageBounds } from '../catalogue.queries.ts';

/** A ping address without its secret, which nobody can read again. */
export interface PingToken {
  readonly id: string;
  readonly setId: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

/** Makes a ping address for a set. This is the only moment at which its secret exists in the clear. */
export async function createPingToken(
  tx: Tx,
  setId: string,
  origin: Origin,
): Promise<{ readonly token: PingToken; readonly secret: string }> {
  const id = newId();
  const secret = makeSecret('ping');
  await tx.execute(`INSERT INTO ping_token (id, set_id, hash, created_by) VALUES ($1, $2, decode($3, 'hex'), $4)`, [
    id,
    setId,
    digestOf(secret),
    origin.actor.principalId,
  ]);
  await recordAudit(tx, { ...origin, action: 'ping-token.create', ...subject(id), details: { setId } });
  return { token: await pingTokenById(tx, id), secret };
}

/**
 * Revokes a ping address for good. One that is revoked already stays as it is, and nothing is recorded again.
 * @throws AppError `not-found` `no-such-ping-token`.
 */
export async function revokePingToken(tx: Tx, id: string, origin: Origin): Promise<void> {
  const { setId } = await pingTokenById(tx, id);
  const revoked = await tx.execute('UPDATE ping_token SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL', [
    id,
  ]);
  if (revoked === 0) return;
  await recordAudit(tx, { ...origin, action: 'ping-token.revoke', ...subject(id), details: { setId } });
}

/** Ping addresses of a set, oldest first, revoked ones included. */
export async function listPingTokens(db: Queryable, setId: string, page: PageBounds<string>): Promise<PingToken[]> {
  const rows = await db.rows<PingTokenRow>(
    `${SELECT_TOKEN} WHERE t.set_id = $1 AND ($3::uuid IS NULL OR t.id > $3) ORDER BY t.id LIMIT $2`,
    [setId, page.limit, page.after ?? null],
  );
  return rows.map(tokenOf);
}

/**
 * Notes the use of a live ping address; other uses of it wait until the transaction ends.
 * @returns its id and whose it is; undefined when there is none, or it is revoked.
 */
export async function usePingToken(
  tx: Tx,
  digest: string,
): Promise<{ readonly id: string; readonly setId: string } | undefined> {
  const [used] = await tx.rows<{ id: string; set_id: string }>(
    `UPDATE ping_token SET last_used_at = now() WHERE hash = decode($1, 'hex') AND revoked_at IS NULL
     RETURNING id, set_id`,
    [digest],
  );
  return used && { id: used.id, setId: used.set_id };
}

async function pingTokenById(db: Queryable, id: string): Promise<PingToken> {
  const [row] = await db.rows<PingTokenRow>(`${SELECT_TOKEN} WHERE t.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-ping-token', `There is no ping address ${id}`);
  return tokenOf(row);
}

interface PingTokenRow {
  id: string;
  set_id: string;
  created_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

const SELECT_TOKEN = 'SELECT t.id, t.set_id, t.created_at, t.last_used_at, t.revoked_at FROM ping_token t';

function tokenOf(row: PingTokenRow): PingToken {
  return {
    id: row.id,
    setId: row.set_id,
    createdAt: instantOf(row.created_at).toString(),
    lastUsedAt: row.last_used_at && instantOf(row.last_used_at).toString(),
    revokedAt: row.revoked_at && instantOf(row.revoked_at).toString(),
  };
}

const subject = (id: string) => ({ subjectKind: 'ping-token', subjectId: id });
