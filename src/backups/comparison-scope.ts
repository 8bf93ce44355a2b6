import { AppError } from '../kernel/errors.ts';
import type { DatabaseContent, LeafTable, NotCompared } from './database-catalogue.ts';
import { displayNameOf } from './table-fingerprint.ts';

/** The tables whose comparison is the point of a restore: evidence that comes back changed is no evidence. */
const PROTECTED_NAMES = /^(audit|movement|evidence|drill)(_|$|s$)/;

/** Which leaf tables are compared after a restore, and everything that is not, with the reason. */
export interface ComparisonScope {
  readonly compared: readonly LeafTable[];
  readonly notCompared: readonly NotCompared[];
}

/**
 * Splits a database's tables by the list of excluded ones (`schema.table`).
 * @throws AppError `unprocessable` `exclusion-refused` for ledgers and for tables of audit, movements and evidence.
 */
export function comparisonScope(content: DatabaseContent, excluded: readonly string[]): ComparisonScope {
  const isExcluded = (table: LeafTable) => excluded.includes(displayNameOf(table));
  const refused = content.leafTables.filter(
    (table) => isExcluded(table) && (table.isLedger || PROTECTED_NAMES.test(table.name)),
  );
  if (refused.length > 0) {
    throw new AppError(
      'unprocessable',
      'exclusion-refused',
      `${refused.map(displayNameOf).join(', ')} may not be excluded from the comparison: audit, movements and evidence are always compared`,
    );
  }
  const skipped = content.leafTables
    .filter(isExcluded)
    .map(({ schema, name }): NotCompared => ({ schema, name, kind: 'table', reason: 'excluded by configuration' }));
  return {
    compared: content.leafTables.filter((table) => !isExcluded(table)),
    notCompared: [...skipped, ...content.notCompared],
  };
}
