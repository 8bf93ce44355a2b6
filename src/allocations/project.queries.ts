import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { allocationCode } from './allocation.ts';
import type { Project } from './project.ts';

/**
 * One project by its id, retired ones included.
 * @throws AppError `not-found` `no-such-project`.
 */
export async function projectById(db: Queryable, id: string): Promise<Project> {
  const [row] = await db.rows<ProjectRecord>(`${SELECT_PROJECT} WHERE j.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-project', `There is no project ${id}`);
  return projectOf(row);
}

/** Which projects a list holds; an absent filter lets all pass. */
export interface ProjectFilter {
  readonly state: 'active' | 'retired' | 'all';
  readonly ownerId?: string | undefined;
}

/** A project with the key that the list is ordered by. */
export interface ListedProject {
  readonly project: Project;
  readonly codeKey: string;
}

/** Projects in the order of their codes; `after` continues behind the key of the last one seen. */
export async function listProjects(
  db: Queryable,
  filter: ProjectFilter,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<ListedProject[]> {
  const rows = await db.rows<ProjectRecord>(
    `${SELECT_PROJECT}
     WHERE ($1 = 'all' OR (j.retired_at IS NULL) = ($1 = 'active'))
       AND ($2::uuid IS NULL OR j.owner_id = $2)
       AND ($3::text IS NULL OR lower(j.code) > $3)
     ORDER BY lower(j.code) LIMIT $4`,
    [filter.state, filter.ownerId ?? null, page.after ?? null, page.limit],
  );
  return rows.map((row) => ({ project: projectOf(row), codeKey: row.code_key }));
}

/** The codes of allocations through which a project holds something now, at most `limit` of them. */
export async function codesHeldByProject(db: Queryable, id: string, limit: number): Promise<string[]> {
  const rows = await db.rows<{ number: string }>(
    `SELECT a.number FROM allocation a
     WHERE a.holder_id = $1 AND a.holder_kind = 'project' AND EXISTS (
       SELECT FROM allocation_line l WHERE l.allocation_id = a.id
         AND (l.state = 'issued' OR (l.state = 'held' AND l.expires_at > clock_timestamp())))
     ORDER BY a.id LIMIT $2`,
    [id, limit],
  );
  return rows.map((row) => allocationCode(Number(row.number)));
}

interface ProjectRecord {
  readonly id: string;
  readonly code: string;
  readonly code_key: string;
  readonly name: string;
  readonly owner_id: string;
  readonly owner_kind: 'person' | 'team';
  readonly owner_name: string;
  readonly retired_at: Date | null;
  readonly retired_reason: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const SELECT_PROJECT = `
  SELECT j.*, lower(j.code) AS code_key, p.name AS owner_name FROM project j JOIN principal p ON p.id = j.owner_id`;

function projectOf(row: ProjectRecord): Project {
  return {
    id: row.id,
    code: row.code,
    name: row.name,
    owner: { id: row.owner_id, kind: row.owner_kind, name: row.owner_name },
    retired: row.retired_at ? { at: instantOf(row.retired_at), reason: row.retired_reason ?? '' } : null,
    version: row.version,
    createdAt: instantOf(row.created_at),
    updatedAt: instantOf(row.updated_at),
  };
}
