import { readFile } from 'node:fs/promises';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import { createToken, listTokens, revokeToken } from '../auth/token.store.ts';
import { ADVISORY_LOCKS } from '../database/advisory-locks.ts';
import type { Database } from '../database/database.ts';
import { replaceFile } from '../kernel/durable-files.ts';

const TOKEN_NAME = 'first start';
const TOKENS_READ = 200;

/** Where the token goes, and which data directory that is. */
export interface TokenPlace {
  readonly file: string;
  readonly instanceId: string;
}

/**
 * Makes the one admin token of the first start and puts it into a file that only its owner reads. Later starts change
 * nothing: an administrator who deletes the file has taken the token along. Only a token that never reached its file (the
 * process was killed in between) is replaced, and only by a start in the same data directory: of replicas on one database
 * one has the token, and the others must not take it away.
 *
 * @returns the file, when this call made it.
 */
export async function ensureAdminToken(
  db: Database,
  principalId: string,
  { file, instanceId }: TokenPlace,
): Promise<string | undefined> {
  if ((await readFile(file, 'utf8').catch(() => '')) !== '') return undefined;
  const name = `${TOKEN_NAME} in data directory ${instanceId}`;
  const created = await db.transaction(async (tx) => {
    await tx.execute('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.administrators]);
    const known = await listTokens(tx, { principalId, limit: TOKENS_READ });
    const firsts = known.filter((token) => token.name.startsWith(TOKEN_NAME));
    const isSettled = firsts.some(
      (token) => token.name !== name || token.lastUsedAt !== null || token.revokedAt !== null,
    );
    if (isSettled) return undefined;
    for (const token of firsts) await revokeToken(tx, token.id, { actor: SYSTEM_ACTOR });
    return createToken(tx, { principalId, name, expiresAt: null }, { actor: SYSTEM_ACTOR });
  });
  if (!created) return undefined;
  await replaceFile(file, `${created.secret}\n`);
  return file;
}
