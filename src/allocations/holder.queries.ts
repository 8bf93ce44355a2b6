import type { Queryable } from '../database/database.ts';
import type { Holder, HolderKind } from './allocation.ts';

const MATCHES_MAX = 20;

/**
 * Who can have things and bears this name (a project: its code or its name) or this id, whatever the case: active persons
 * and teams, services and projects in use; at most 20. Names are unique among people and among services, not across kinds.
 */
export async function holdersMatching(db: Queryable, text: string, kind?: HolderKind): Promise<Holder[]> {
  return db.rows<Holder>(
    `SELECT kind, id, name FROM (
       SELECT p.kind, p.id, p.name FROM principal p
       WHERE (lower(p.name) = lower($1) OR p.id::text = lower($1)) AND p.kind IN ('person', 'team') AND p.disabled_at IS NULL
       UNION ALL
       SELECT 'service', s.id, s.name FROM service s
       WHERE (lower(s.name) = lower($1) OR s.id::text = lower($1)) AND s.retired_at IS NULL
       UNION ALL
       SELECT 'project', j.id, j.name FROM project j
       WHERE lower($1) IN (lower(j.code), lower(j.name), j.id::text) AND j.retired_at IS NULL
     ) found
     WHERE $2::text IS NULL OR kind = $2
     ORDER BY kind, lower(name), id LIMIT ${MATCHES_MAX}`,
    [text.trim(), kind ?? null],
  );
}
