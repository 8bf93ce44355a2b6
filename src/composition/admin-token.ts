import { readFile } from 'node:fs/promises';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import { createToken, listTokens, revokeToken } from '../auth/token.store.ts';
import type { Database } from '../database/database.ts';
import { replaceFile } from '../kernel/durable-files.ts';

const TOKEN_NAME = 'first start';
const TOKENS_READ = 200;

/**
 * Makes the one admin token of the first start and puts it into a file that only its owner reads. Later starts change
 * nothing: an administrator who deletes the file has taken the token along. Only a token that never reached its file (the
 * process was killed in between) is replaced.
 *
 * @returns the file, when this call made it.
 */
export async function ensureAdminToken(db: Database, principalId: string, file: string): Promise<string | undefined> {
  const mine = (await listTokens(db, { principalId, limit: TOKENS_READ })).filter((token) => token.name === TOKEN_NAME);
  const arrived = (await readFile(file, 'utf8').catch(() => '')) !== '';
  if (arrived || mine.some((token) => token.lastUsedAt !== null || token.revokedAt !== null)) return undefined;
  const { secret } = await db.transaction(async (tx) => {
    for (const token of mine) await revokeToken(tx, token.id, { actor: SYSTEM_ACTOR });
    return createToken(tx, { principalId, name: TOKEN_NAME, expiresAt: null }, { actor: SYSTEM_ACTOR });
  });
  await replaceFile(file, `${secret}\n`);
  return file;
}
