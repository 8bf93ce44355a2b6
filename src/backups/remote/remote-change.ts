import { AppError } from '../../kernel/errors.ts';
import { areCredentialsFor, isSameLogin, type RemoteCredentials, type RemotePlace } from './remote-place.ts';

/** What a change of a repository says of its place. */
interface PlaceChange {
  readonly root?: string | undefined;
  readonly place?: RemotePlace | undefined;
  readonly credentials?: RemoteCredentials | undefined;
}

/**
 * A repository stays of its kind. What was given to log in to one server is not sent to another: who may change a repository
 * need not know it.
 * @throws AppError `invalid` `repository-kind-fixed`, `credentials-not-asked-for`, `credentials-of-other-kind`,
 * `credentials-to-be-given-again`.
 */
export function requireFittingChange(before: RemotePlace | undefined, { root, place, credentials }: PlaceChange): void {
  if (place !== undefined && place.kind !== before?.kind) {
    throw refused('repository-kind-fixed', 'place', `is not of ${KINDS[before?.kind ?? 'local']}`);
  }
  if (before === undefined) {
    if (credentials === undefined) return;
    throw refused('credentials-not-asked-for', 'credentials', 'are for repositories on other machines');
  }
  if (root !== undefined) throw refused('repository-kind-fixed', 'root', 'is not of a repository on another machine');
  if (credentials !== undefined && !areCredentialsFor(before, credentials)) {
    throw refused('credentials-of-other-kind', 'credentials', `are not of ${KINDS[before.kind]}`);
  }
  if (place === undefined || credentials !== undefined || isSameLogin(before, place)) return;
  const message = `must be given again where ${OTHER_LOGIN[before.kind]}`;
  throw refused('credentials-to-be-given-again', 'credentials', message);
}

const KINDS = {
  local: 'a repository that is a directory',
  sftp: 'a repository on an SFTP server',
  s3: 'a repository in an object store',
} as const;

const OTHER_LOGIN = { sftp: 'host, port, user or hostKey change', s3: 'the endpoint changes' } as const;

function refused(code: string, field: string, message: string): AppError {
  return new AppError('invalid', code, `The field ${field} ${message}`, { fields: [{ field: `#/${field}`, message }] });
}
