import { AppError } from '../kernel/errors.ts';

/** The fields of a PostgreSQL error that code may decide on. */
export interface SqlFailure {
  readonly code: string;
  readonly constraint: string | undefined;
  readonly message: string;
}

/** The SQL failure inside whatever was thrown (the driver's error, or TypeORM's wrapper of it), if there is one. */
export function sqlFailureOf(thrown: unknown): SqlFailure | undefined {
  const error = thrown as { driverError?: unknown; code?: unknown; constraint?: unknown; message?: unknown } | null;
  const inner = (error?.driverError ?? error) as typeof error;
  if (typeof inner?.code !== 'string') return undefined;
  return {
    code: inner.code,
    constraint: typeof inner.constraint === 'string' ? inner.constraint : undefined,
    message: String(inner.message ?? ''),
  };
}

/**
 * Runs a write and turns the violation of a named constraint (23505 unique, 23503 foreign key, 23514 check,
 * 23P01 exclusion) into the error that the domain declares for it. Everything else passes through unchanged.
 */
export async function mapConstraints<T>(
  errors: Readonly<Record<string, (failure: SqlFailure) => AppError>>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const failure = sqlFailureOf(thrown);
    const known = failure?.code.startsWith('23') && failure.constraint ? errors[failure.constraint] : undefined;
    throw failure && known ? known(failure) : thrown;
  }
}

const SERIALIZATION_FAILURES = new Set(['40001', '40P01']);

/** True for a serialisation failure or a deadlock: the same work may succeed in a new transaction. */
export function isRetryable(thrown: unknown): boolean {
  return SERIALIZATION_FAILURES.has(sqlFailureOf(thrown)?.code ?? '');
}

const SOCKET_FAILURES = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
]);

// TypeORM releases the runner of a connection that broke; a statement after that meets a released runner.
const CONNECTION_LOST =
  /Connection terminated|timeout exceeded when trying to connect|Query runner already released|not queryable/i;

/** True when the server could not be reached, went away, or refuses work (classes 08 and 57P, 53300, 25006). */
export function isUnavailable(thrown: unknown): boolean {
  const failure = sqlFailureOf(thrown);
  if (failure) {
    const { code } = failure;
    return (
      SOCKET_FAILURES.has(code) ||
      code.startsWith('08') ||
      code.startsWith('57P') ||
      code === '53300' ||
      code === '25006'
    );
  }
  return thrown instanceof Error && CONNECTION_LOST.test(thrown.message);
}

/** The error for a database that is not there; callers may try again. */
export function databaseUnavailable(cause: unknown): AppError {
  return new AppError(
    'unavailable',
    'database-unavailable',
    'The database cannot be reached at the moment; try again shortly',
    {
      cause,
    },
  );
}
