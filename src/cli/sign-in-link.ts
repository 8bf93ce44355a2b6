import { userInfo } from 'node:os';
import type { Actor } from '../audit/entry.ts';
import { createSignInLink } from '../auth/session.store.ts';
import type { Database } from '../database/database.ts';

/** Whoever runs the command on this machine, as the audit trail names them. */
export function cliActor(): Actor {
  return { principalId: null, name: `muster command, run by ${userInfo().username}` };
}

/** A link that signs the principal in once. */
export async function signInLink(db: Database, url: string, principalId: string): Promise<string> {
  const { secret } = await db.transaction((tx) => createSignInLink(tx, principalId, { actor: cliActor() }));
  return `${url}/sign-in?token=${secret}`;
}
