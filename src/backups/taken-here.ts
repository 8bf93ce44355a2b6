import { AppError } from '../kernel/errors.ts';
import type { BackupSet } from './backup-catalogue.ts';

/**
 * Makes sure that Muster itself takes the backups of a set. What another tool makes is only read: it is neither taken, nor
 * found by Muster's own names, nor removed.
 * @throws AppError `unprocessable` `not-taken-by-muster`.
 */
export function requireTakenHere({ kind, name }: Pick<BackupSet, 'kind' | 'name'>): void {
  if (kind !== 'external') return;
  const message = `Another tool makes the backups of ${name}; Muster checks them, and neither takes nor removes them`;
  throw new AppError('unprocessable', 'not-taken-by-muster', message);
}
