import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import { holdOwner } from '../auth/owner.store.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { codesHeldByProject, projectById } from './project.queries.ts';
import { insertProject, lockProject, retireProjectRow, updateProjectRow } from './project.store.ts';
import type { NewProject, Project, ProjectChange } from './project.ts';

/** Which project is to change, and the version of it that the caller has read. */
export interface ProjectTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/** @throws AppError `conflict` `project-code-taken`; `unprocessable` `unsuitable-owner`. */
export async function createProject(tx: Tx, caller: Caller, wanted: NewProject): Promise<Project> {
  const id = newId();
  const owner = await holdOwner(tx, wanted.ownerId, '#/ownerId');
  await insertProject(tx, id, { ...wanted, ownerKind: owner.kind });
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'project.create',
    subjectKind: 'project',
    subjectId: id,
    details: wanted,
  });
  return projectById(tx, id);
}

/**
 * Changes a project: what the change names replaces what was there.
 * @throws AppError `not-found`, `stale`; `conflict` `project-retired`, `project-code-taken`; `unprocessable` `unsuitable-owner`.
 */
export async function changeProject(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ProjectTarget,
  change: ProjectChange,
): Promise<Project> {
  const before = await lockProject(tx, id, expectedVersion);
  const owner = change.ownerId === undefined ? undefined : await holdOwner(tx, change.ownerId, '#/ownerId');
  await updateProjectRow(tx, id, {
    code: change.code ?? before.code,
    name: change.name ?? before.name,
    ownerId: owner?.id ?? before.ownerId,
    ownerKind: owner?.kind ?? before.ownerKind,
  });
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'project.change',
    subjectKind: 'project',
    subjectId: id,
    details: change,
  });
  return projectById(tx, id);
}

/** As many check-outs as a message names. */
const CODES_MAX = 5;

/**
 * Takes a project out of use for good; it stays readable.
 * @throws AppError `not-found`, `stale`; `conflict` `project-retired`, or `project-holds-things`, which names what.
 */
export async function retireProject(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: ProjectTarget,
  reason: string,
): Promise<Project> {
  const { code } = await lockProject(tx, id, expectedVersion);
  const held = await codesHeldByProject(tx, id, CODES_MAX + 1);
  if (held.length > 0) {
    const more = held.length > CODES_MAX ? ' and more' : '';
    throw new AppError(
      'conflict',
      'project-holds-things',
      `Project ${code} still holds ${held.slice(0, CODES_MAX).join(', ')}${more}: return, release or hand them over first`,
    );
  }
  await retireProjectRow(tx, id, reason);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'project.retire',
    subjectKind: 'project',
    subjectId: id,
    details: { code, reason },
  });
  return projectById(tx, id);
}
