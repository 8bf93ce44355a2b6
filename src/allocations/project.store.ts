import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';

/** The columns that a caller sets. */
export interface ProjectColumns {
  readonly code: string;
  readonly name: string;
  readonly ownerId: string;
  readonly ownerKind: 'person' | 'team';
}

/** @throws AppError `conflict` `project-code-taken`. */
export async function insertProject(tx: Tx, id: string, { code, name, ownerId, ownerKind }: ProjectColumns) {
  await mapConstraints({ project_code_unique: () => codeTaken(code) }, () =>
    tx.execute('INSERT INTO project (id, code, name, owner_id, owner_kind) VALUES ($1, $2, $3, $4, $5)', [
      id,
      code,
      name,
      ownerId,
      ownerKind,
    ]),
  );
}

/**
 * Reads a project in use, which nobody else can change, and which can gain nothing, until the transaction ends.
 * @throws AppError `not-found`; `conflict` `project-retired`; `stale` when its version is not the expected one.
 */
export async function lockProject(tx: Tx, id: string, expectedVersion: number): Promise<ProjectColumns> {
  const [found] = await tx.rows<ProjectColumns & { version: number; retired: boolean }>(
    `SELECT code, name, owner_id AS "ownerId", owner_kind AS "ownerKind", version, retired_at IS NOT NULL AS retired
     FROM project WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw new AppError('not-found', 'no-such-project', `There is no project ${id}`);
  const { version, retired, ...columns } = found;
  if (version !== expectedVersion) {
    throw new AppError(
      'stale',
      'stale-project',
      `Project ${found.code} is at version ${version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  if (retired) {
    throw new AppError('conflict', 'project-retired', `Project ${found.code} is retired and changes no more`);
  }
  return columns;
}

/** Writes the columns and counts the version up. The caller holds the row. @throws AppError `conflict` `project-code-taken`. */
export async function updateProjectRow(tx: Tx, id: string, { code, name, ownerId, ownerKind }: ProjectColumns) {
  await mapConstraints({ project_code_unique: () => codeTaken(code) }, () =>
    tx.execute(
      `UPDATE project SET code = $2, name = $3, owner_id = $4, owner_kind = $5, version = version + 1, updated_at = now()
       WHERE id = $1`,
      [id, code, name, ownerId, ownerKind],
    ),
  );
}

/** Marks a project as retired and counts its version up. The caller holds the row. */
export async function retireProjectRow(tx: Tx, id: string, reason: string): Promise<void> {
  await tx.execute(
    `UPDATE project SET retired_at = now(), retired_reason = $2, version = version + 1, updated_at = now() WHERE id = $1`,
    [id, reason],
  );
}

/**
 * The project of an id as a holder, which nobody can retire until the transaction ends.
 * @param field where the caller named it, for the message: `#/holder/id`.
 * @throws AppError `unprocessable` `unsuitable-holder` when there is none or it is retired.
 */
export async function holdProject(tx: Tx, id: string, field: string): Promise<{ id: string; name: string }> {
  const [found] = await tx.rows<{ name: string; retired: boolean }>(
    'SELECT name, retired_at IS NOT NULL AS retired FROM project WHERE id = $1 FOR SHARE',
    [id],
  );
  if (found && !found.retired) return { id, name: found.name };
  const reason = found ? `project ${found.name} is retired` : `there is no project ${id}`;
  throw new AppError('unprocessable', 'unsuitable-holder', `Nothing can go there: ${reason}`, {
    fields: [{ field, message: `must be the id of a project in use: ${reason}` }],
  });
}

function codeTaken(code: string): AppError {
  return new AppError('conflict', 'project-code-taken', `A project ${code} exists already, perhaps retired`, {
    fields: [{ field: '#/code', message: 'is taken' }],
  });
}
