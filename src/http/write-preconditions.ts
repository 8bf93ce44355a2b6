import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../kernel/errors.ts';

/** Versions are PostgreSQL integers. */
const VERSION_MAX = 2_147_483_647;

/** The `ETag` of a row's version. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * The version that `If-Match` names.
 * @throws AppError `precondition-required` `if-match-missing`; `invalid` `invalid-header`.
 */
export function expectedVersionOf(headers: IncomingHttpHeaders): number {
  const given = headers['if-match'];
  if (given === undefined) {
    throw new AppError(
      'precondition-required',
      'if-match-missing',
      'This change must name the version it is based on: read it first and send its ETag, as in If-Match: "3"',
      { fields: [{ field: 'header.If-Match', message: 'is missing' }] },
    );
  }
  const version = Number(/^"(\d{1,10})"$/.exec(given)?.[1]);
  if (version <= VERSION_MAX) return version;
  throw invalidHeader('If-Match', 'must be one ETag of this server, as in "3" (with the quotes)');
}

/**
 * The key that makes a write repeatable; undefined when the caller gave none.
 * @throws AppError `invalid` `invalid-header`.
 */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalidHeader('Idempotency-Key', 'must be 1 to 255 printable ASCII characters without blanks, such as a UUID');
}

function invalidHeader(name: string, message: string): AppError {
  const fields = [{ field: `header.${name}`, message }];
  return new AppError('invalid', 'invalid-header', `The header ${name} ${message}`, { fields });
}
