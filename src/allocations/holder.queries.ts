import type { Queryable } from '../database/database.ts';
import { isId } from '../kernel/ids.ts';
import type { Holder, HolderKind } from './allocation.ts';

const MATCHES_MAX = 20;

/** A holder as somebody is offered it, with the key that the list is ordered by. */
export interface ListedHolder {
  readonly holder: Holder;
  /** Of a project its code: what it is listed by. */
  readonly code: string | null;
  readonly key: { readonly name: string; readonly id: string };
}

/**
 * Who can have things and whose name (a project: whose code) begins with a text, whatever the case: active persons and teams,
 * services and projects in use, in the order of their names. Each kind gives one page at most, out of its own index.
 */
export async function listHolders(
  db: Queryable,
  { q, kind }: { readonly q: string; readonly kind?: HolderKind | undefined },
  page: { readonly limit: number; readonly after?: ListedHolder['key'] | undefined },
): Promise<ListedHolder[]> {
  const rows = await db.rows<Holder & { readonly code: string | null; readonly nameKey: string }>(
    `SELECT kind, id, name, code, "nameKey" FROM (
       (SELECT p.kind, p.id, p.name, NULL AS code, lower(p.name) AS "nameKey" FROM principal p
        WHERE lower(p.name) ^@ lower($1) AND p.kind IN ('person', 'team') AND ($2::text IS NULL OR p.kind = $2)
          AND p.disabled_at IS NULL AND ${behind('lower(p.name)', 'p.id')}
        ORDER BY lower(p.name), p.id LIMIT $5)
       UNION ALL
       (SELECT 'service', s.id, s.name, NULL, lower(s.name) FROM service s
        WHERE lower(s.name) ^@ lower($1) AND coalesce($2, 'service') = 'service'
          AND s.retired_at IS NULL AND ${behind('lower(s.name)', 's.id')}
        ORDER BY lower(s.name), s.id LIMIT $5)
       UNION ALL
       (SELECT 'project', j.id, j.name, j.code, lower(j.code) FROM project j
        WHERE lower(j.code) ^@ lower($1) AND coalesce($2, 'project') = 'project'
          AND j.retired_at IS NULL AND ${behind('lower(j.code)', 'j.id')}
        ORDER BY lower(j.code), j.id LIMIT $5)
     ) found
     ORDER BY "nameKey", id LIMIT $5`,
    [q, kind ?? null, page.after?.name ?? null, page.after?.id ?? null, page.limit],
  );
  return rows.map(({ code, nameKey, ...holder }) => ({ holder, code, key: { name: nameKey, id: holder.id } }));
}

const behind = (name: string, id: string) => `($3::text IS NULL OR (${name}, ${id}) > ($3, $4::uuid))`;

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
