import { AppError } from '../../kernel/errors.ts';
import { isSameLogin, type RemoteCredentials, type RemotePlace } from './remote-place.ts';

/** What a change of a repository says of its place. */
interface PlaceChange {
  readonly root?: string | undefined;
  readonly place?: RemotePlace | undefined;
  readonly credentials?: RemoteCredentials | undefined;
}

/**
 * A repository stays of its kind. What was given to log in to one server is not sent to another: who may change a repository
 * need not know it.
 * @throws AppError `invalid` `repository-kind-fixed`, `credentials-not-asked-for`, `credentials-to-be-given-again`.
 */
export function requireFittingChange(before: RemotePlace | undefined, { root, place, credentials }: PlaceChange): void {
  if (before === undefined) {
    if (place !== undefined)
      throw refused('repository-kind-fixed', 'place', 'is not of a repository that is a directory');
    if (credentials === undefined) return;
    throw refused('credentials-not-asked-for', 'credentials', 'are for repositories on other machines');
  }
  if (root !== undefined) throw refused('repository-kind-fixed', 'root', 'is not of a repository on another machine');
  if (place === undefined || credentials !== undefined || isSameLogin(before, place)) return;
  const message = 'must be given again where host, port, user or hostKey change';
  throw refused('credentials-to-be-given-again', 'credentials', message);
}

function refused(code: string, field: string, message: string): AppError {
  return new AppError('invalid', code, `The field ${field} ${message}`, { fields: [{ field: `#/${field}`, message }] });
}
