import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Lifecycle } from '../kernel/retirement.ts';
import type { Tx } from './database.ts';

/** A table whose rows have a version, are retired for good and never deleted. */
export interface RetirableTable {
  readonly table: string;
  /** What messages and, with hyphens, error codes call a row: `device model`, `no-such-device-model`. */
  readonly words: string;
  /** How messages name a row: an SQL expression over the table. */
  readonly title: string;
}

/** The lifecycle's columns as a query selects them from the table `alias`. */
export const lifecycleColumns = (alias: string) =>
  `${alias}.retired_at AS "retiredAt", ${alias}.retired_reason AS "retiredReason", ${alias}.version,
   ${alias}.created_at AS "createdAt", ${alias}.updated_at AS "updatedAt"`;

/** What {@link lifecycleColumns} gives. */
export interface LifecycleRecord {
  readonly retiredAt: Date | null;
  readonly retiredReason: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function lifecycleOf(row: LifecycleRecord): Lifecycle {
  return {
    retired: row.retiredAt && { at: instantOf(row.retiredAt), reason: row.retiredReason ?? '' },
    version: row.version,
    createdAt: instantOf(row.createdAt),
    updatedAt: instantOf(row.updatedAt),
  };
}

const codeOf = ({ words }: RetirableTable) => words.replaceAll(' ', '-');

/** The error for an id of no row: `no-such-device-model`. */
export function noSuchRow(table: RetirableTable, id: string): AppError {
  return new AppError('not-found', `no-such-${codeOf(table)}`, `There is no ${table.words} ${id}`);
}

/** The error for a name that another row has: `skill-field-name-taken`. */
export function rowNameTaken(table: RetirableTable, name: string): AppError {
  return new AppError(
    'conflict',
    `${codeOf(table)}-name-taken`,
    `There is a ${table.words} named ${name} already, perhaps retired`,
    { fields: [{ field: '#/name', message: 'is taken' }] },
  );
}

/**
 * Locks a row in use, which nobody else can change until the transaction ends.
 * @param expectedVersion the version that the caller has read; left out: any.
 * @returns how messages name it.
 * @throws AppError `not-found`; `conflict` when it is retired; `stale` when its version is not the expected one.
 */
export async function lockRetirable(
  tx: Tx,
  table: RetirableTable,
  { id, expectedVersion }: { readonly id: string; readonly expectedVersion?: number },
): Promise<string> {
  const [found] = await tx.rows<{ title: string; version: number; retired: boolean }>(
    `SELECT ${table.title} AS title, version, retired_at IS NOT NULL AS retired FROM ${table.table}
     WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw noSuchRow(table, id);
  const { title, version, retired } = found;
  if (expectedVersion !== undefined && version !== expectedVersion) {
    throw new AppError(
      'stale',
      `stale-${codeOf(table)}`,
      `${title} is at version ${version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  if (retired) throw new AppError('conflict', `${codeOf(table)}-retired`, `${title} is retired and changes no more`);
  return title;
}

/** Marks a row as retired for good and counts its version up. The caller holds it by {@link lockRetirable}. */
export async function retireRow(tx: Tx, { table }: RetirableTable, id: string, reason: string): Promise<void> {
  await tx.execute(
    `UPDATE ${table} SET retired_at = now(), retired_reason = $2, version = version + 1, updated_at = now()
     WHERE id = $1`,
    [id, reason],
  );
}
