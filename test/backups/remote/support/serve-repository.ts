import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Repository } from '../../../../src/backups/backup-catalogue.ts';
import { sealCredentials } from '../../../../src/backups/remote/credentials.store.ts';
import {
  addressOf,
  placeIdentity,
  type RemoteCredentials,
  type RemotePlace,
} from '../../../../src/backups/remote/remote-place.ts';
import type { Database } from '../../../../src/database/database.ts';
import { NO_REMOTE } from '../../support/no-remote.ts';
import type { Sshd } from './sshd.ts';

/** Has a local repository of a test be reached over SFTP instead. @param port of another line to the server. */
export async function serveRepository(
  db: Database,
  repository: Pick<Repository, 'id' | 'root'>,
  sshd: Sshd,
  port = sshd.port,
): Promise<void> {
  const place = { ...sshd.place, port, path: repository.root };
  await moveRepository(db, repository, place, { privateKey: sshd.privateKey });
  give(repository.root);
}

/** Has a repository of a test be at another place. A writable one keeps its sentinel's identity, wherever that lies now. */
export async function moveRepository(
  db: Database,
  { id }: Pick<Repository, 'id'>,
  place: RemotePlace,
  credentials: RemoteCredentials,
): Promise<void> {
  await db.execute(
    `UPDATE repository SET kind = $6, root = $2, place = $3, sealed_credentials = $4,
            identity = CASE WHEN writable THEN identity ELSE $5 END,
            identity_kind = CASE WHEN writable THEN 'sentinel' ELSE 'place' END WHERE id = $1`,
    [
      id,
      addressOf(place),
      JSON.stringify(place),
      sealCredentials(NO_REMOTE.keyring, id, credentials),
      placeIdentity(place),
      place.kind,
    ],
  );
}

/** Lets the user of the server read what lies there, and write into it. */
export function give(root: string): void {
  chmodSync(dirname(root), 0o755);
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', '-h', '65534:65534', root]);
}
