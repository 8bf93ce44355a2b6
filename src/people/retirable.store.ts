import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { IdentityTarget } from './identity.service.ts';

/** The tables of what is retired, never deleted, and what their rows are called. */
const WORDS = { skill_field: 'skill field', on_call_rota: 'on-call rota' } as const;

export type RetirableTable = keyof typeof WORDS;

const codeOf = (table: RetirableTable) => WORDS[table].replaceAll(' ', '-');

/** The error for an id of no row: `no-such-skill-field`. */
export function noSuchRetirable(table: RetirableTable, id: string): AppError {
  return new AppError('not-found', `no-such-${codeOf(table)}`, `There is no ${WORDS[table]} ${id}`);
}

/** The error for a name that another row has: `skill-field-name-taken`. */
export function retirableNameTaken(table: RetirableTable, name: string): AppError {
  return new AppError(
    'conflict',
    `${codeOf(table)}-name-taken`,
    `There is a ${WORDS[table]} named ${name} already, perhaps retired`,
    { fields: [{ field: '#/name', message: 'is taken' }] },
  );
}

/**
 * Locks a row in use, which nobody else can change until the transaction ends.
 * @returns its name.
 * @throws AppError `not-found`; `stale` when its version is not the expected one; `conflict` when it is retired.
 */
export async function lockRetirable(
  tx: Tx,
  table: RetirableTable,
  { id, expectedVersion }: IdentityTarget,
): Promise<string> {
  const [found] = await tx.rows<{ name: string; version: number; retired: boolean }>(
    `SELECT name, version, retired_at IS NOT NULL AS retired FROM ${table} WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw noSuchRetirable(table, id);
  const { name, version, retired } = found;
  if (version !== expectedVersion) {
    throw new AppError(
      'stale',
      `stale-${codeOf(table)}`,
      `${name} is at version ${version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  if (retired) throw new AppError('conflict', `${codeOf(table)}-retired`, `${name} is retired and changes no more`);
  return name;
}

/** Marks a row as retired for good. The caller holds it by {@link lockRetirable}. */
export async function retireRow(tx: Tx, table: RetirableTable, id: string, reason: string): Promise<void> {
  await tx.execute(
    `UPDATE ${table} SET retired_at = now(), retired_reason = $2, version = version + 1, updated_at = now()
     WHERE id = $1`,
    [id, reason],
  );
}
