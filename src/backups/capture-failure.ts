import { DatabaseError } from 'pg';
import { databaseUnavailable, isUnavailable } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';

/** What the server said, or that it is gone. Failures of the disk pass unchanged. */
export function explainServerFailure(thrown: unknown): unknown {
  const isSocket = ['ECONNRESET', 'EPIPE'].includes((thrown as NodeJS.ErrnoException).code ?? '');
  const isGone = thrown instanceof Error && thrown.message.startsWith('Connection terminated');
  if (isSocket || isGone || (thrown instanceof DatabaseError && isUnavailable(thrown)))
    return databaseUnavailable(thrown);
  if (!(thrown instanceof DatabaseError)) return thrown;
  return new AppError('unavailable', 'capture-refused', `The server does not give a backup: ${thrown.message}`, {
    cause: thrown,
  });
}
