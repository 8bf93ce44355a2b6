import type { Queryable, Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import { openSecret, sealSecret } from '../../secrets/sealed-secret.ts';
import { type RemoteCredentials, remoteCredentialsSchema } from './remote-place.ts';

/** Credentials as they are stored: sealed for their repository. */
export function sealCredentials(keyring: Keyring, repositoryId: string, credentials: RemoteCredentials): string {
  return sealSecret(keyring, repositoryId, JSON.stringify(credentials));
}

/** Replaces what is needed to log in to a repository. */
export async function recordCredentials(tx: Tx, repositoryId: string, sealed: string): Promise<void> {
  await tx.execute('UPDATE repository SET sealed_credentials = $2 WHERE id = $1', [repositoryId, sealed]);
}

/** @throws AppError as `openSecret`; `not-found` `no-such-repository` where none are stored. */
export async function credentialsOf(db: Queryable, keyring: Keyring, repositoryId: string): Promise<RemoteCredentials> {
  const [row] = await db.rows<{ sealed_credentials: string | null }>(
    'SELECT sealed_credentials FROM repository WHERE id = $1',
    [repositoryId],
  );
  const sealed = row?.sealed_credentials;
  if (typeof sealed !== 'string') {
    throw new AppError('not-found', 'no-such-repository', `There is no remote repository ${repositoryId}`);
  }
  return remoteCredentialsSchema.parse(JSON.parse(openSecret(keyring, repositoryId, sealed)));
}
