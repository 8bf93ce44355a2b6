import { AppError } from '../../kernel/errors.ts';
import type { CapturedSetState } from './captured-set.ts';

/**
 * Refuses what a source cannot do, before anybody relies on it.
 * @throws AppError `invalid` `source-limits`, naming the field.
 */
export function requireWithinLimits({ source, recipients, bytesPerSecondMax }: CapturedSetState): void {
  if (source.type !== 'postgresql') return;
  if (recipients.length > 0) {
    throw beyond('recipients', 'must be empty for a PostgreSQL source: its recovery points are not encrypted yet');
  }
  if (source.method === 'dump' && bytesPerSecondMax !== null) {
    throw beyond('bytesPerSecondMax', 'must be null for the method dump: pg_dump keeps to no rate');
  }
}

function beyond(name: string, message: string): AppError {
  return new AppError('invalid', 'source-limits', `${name} ${message}`, { fields: [{ field: `#/${name}`, message }] });
}
