import type { Queryable, Tx } from '../database/database.ts';

/** Who could sign in, as far as that is needed to decide it. */
export interface Account {
  readonly principalId: string;
  readonly name: string;
  readonly email: string | null;
  /** The PHC string; null: only links sign in. */
  readonly passwordHash: string | null;
  readonly disabled: boolean;
}

const SELECT_ACCOUNT = `SELECT p.id AS "principalId", p.name, e.email, a.password_hash AS "passwordHash",
    p.disabled_at IS NOT NULL AS disabled
  FROM principal p LEFT JOIN person e ON e.id = p.id LEFT JOIN account a ON a.principal_id = p.id
  WHERE p.kind = 'person' AND p.id = `;

/** The account of a person by name, else by e-mail address, both without regard to case. */
export async function findAccountByName(db: Queryable, name: string): Promise<Account | undefined> {
  const [found] = await db.rows<Account>(
    `${SELECT_ACCOUNT} coalesce((SELECT id FROM principal WHERE lower(name) = lower($1) AND kind = 'person'),
       (SELECT id FROM person WHERE lower(email) = lower($1)))`,
    [name],
  );
  return found;
}

/** The account of a person; undefined when the principal is no person. */
export async function findAccount(db: Queryable, principalId: string): Promise<Account | undefined> {
  return (await db.rows<Account>(`${SELECT_ACCOUNT} $1`, [principalId]))[0];
}

/**
 * Writes a password's hash over the one that was read before. Answers false when it is not there any more: somebody else was
 * faster.
 */
export async function replacePassword(tx: Tx, { principalId, passwordHash }: Account, next: string): Promise<boolean> {
  const written =
    passwordHash === null
      ? await tx.execute(
          'INSERT INTO account (principal_id, password_hash) VALUES ($1, $2) ON CONFLICT (principal_id) DO NOTHING',
          [principalId, next],
        )
      : await tx.execute(
          `UPDATE account SET password_hash = $3, password_set_at = now() WHERE principal_id = $1 AND password_hash = $2`,
          [principalId, passwordHash, next],
        );
  return written === 1;
}

/**
 * Keeps an account as it was read until the transaction ends, with a better hash of the same password where there is one.
 * Answers false when its password was changed or its person disabled meanwhile.
 */
export async function holdAccount(tx: Tx, account: Account, rehashed: string | undefined): Promise<boolean> {
  const { principalId, passwordHash } = account;
  if (!(await holdActive(tx, principalId))) return false;
  const held = await tx.execute(
    'UPDATE account SET password_hash = coalesce($3, password_hash) WHERE principal_id = $1 AND password_hash = $2',
    [principalId, passwordHash, rehashed ?? null],
  );
  return held === 1;
}

/** Keeps a principal from being disabled until the transaction ends; answers false when it is disabled. */
export async function holdActive(tx: Tx, principalId: string): Promise<boolean> {
  const active = await tx.rows('SELECT FROM principal WHERE id = $1 AND disabled_at IS NULL FOR SHARE', [principalId]);
  return active.length === 1;
}

/** Takes a password away; answers whether there was one. */
export async function deletePassword(tx: Tx, principalId: string): Promise<boolean> {
  return (await tx.execute('DELETE FROM account WHERE principal_id = $1', [principalId])) === 1;
}
