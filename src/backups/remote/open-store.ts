import type { Queryable } from '../../database/database.ts';
import type { Egress } from '../../egress/egress.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import type { Repository } from '../backup-catalogue.ts';
import { credentialsOf } from './credentials.store.ts';
import type { RemotePlace } from './remote-place.ts';
import type { RemoteStore } from './remote-store.ts';
import { s3CredentialsSchema } from './s3/s3-place.ts';
import { sftpCredentialsSchema } from './sftp/sftp-place.ts';

/** What repositories on other machines need. */
export interface RemoteMeans {
  /** Opens what is needed to log in. */
  readonly keyring: Keyring;
  /** Says where connections may go. */
  readonly egress: Pick<Egress, 'pin'>;
  /** Files are on their way through directories below this one; it is made when it is not there. */
  readonly spoolRoot: string;
  /** Before something that failed is tried again; grows with each try. A second unless stated. */
  readonly pauseMs?: number;
}

/** A repository on another machine. */
export type RemoteRepository = Repository & { readonly place: RemotePlace };

export function isRemote(repository: Repository): repository is RemoteRepository {
  return repository.place !== undefined;
}

/**
 * The store of a repository. Whoever opens it closes it. What speaks the protocol is loaded when it is needed first.
 * @throws AppError as `credentialsOf`. It connects when it is asked something.
 */
export async function openStore(
  db: Queryable,
  { keyring, egress, pauseMs }: RemoteMeans,
  { id, place }: RemoteRepository,
): Promise<RemoteStore> {
  const credentials = await credentialsOf(db, keyring, id);
  const pause = pauseMs === undefined ? {} : { pauseMs };
  if (place.kind === 's3') {
    const { S3Store } = await import('./s3/s3-store.ts');
    return new S3Store({ place, credentials: s3CredentialsSchema.parse(credentials), egress, ...pause });
  }
  const { SftpStore } = await import('./sftp/sftp-store.ts');
  return new SftpStore({ place, credentials: sftpCredentialsSchema.parse(credentials), egress }, pause);
}
