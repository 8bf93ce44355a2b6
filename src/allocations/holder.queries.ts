import type { Queryable } from '../database/database.ts';
import { isId } from '../kernel/ids.ts';
import type { Holder, HolderKind } from './allocation.ts';

const MATCHES_MAX = 20;

/**
 * Who can have things and bears this name (a project: its code or its name) or this id, whatever the case: active persons
 * and teams, services and projects in use; at most 20. Names are unique among people and among services, not across kinds.
 */
export async function holdersMatching(db: Queryable, text: string, kind?: HolderKind): Promise<Holder[]> {
  const name = text.trim();
  return db.rows<Holder>(
    `SELECT kind, id, name FROM (
       SELECT p.kind, p.id, p.name FROM principal p
       WHERE (lower(p.name) = lower($1) OR p.id = $3::uuid) AND p.kind IN ('person', 'team') AND p.disabled_at IS NULL
       UNION ALL
       SELECT 'service', s.id, s.name FROM service s
       WHERE (lower(s.name) = lower($1) OR s.id = $3::uuid) AND s.retired_at IS NULL
       UNION ALL
       SELECT 'project', j.id, j.name FROM project j
       WHERE (lower(j.code) = lower($1) OR lower(j.name) = lower($1) OR j.id = $3::uuid) AND j.retired_at IS NULL
     ) found
     WHERE $2::text IS NULL OR kind = $2
     ORDER BY kind, lower(name), id LIMIT ${MATCHES_MAX}`,
    [name, kind ?? null, isId(name) ? name : null],
  );
}
