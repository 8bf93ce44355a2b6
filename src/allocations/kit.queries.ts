import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Kit, KitLine } from './kit.ts';

/**
 * One kit by its id, retired ones included.
 * @throws AppError `not-found` `no-such-kit`.
 */
export async function kitById(db: Queryable, id: string): Promise<Kit> {
  const [row] = await db.rows<KitRecord>(`${SELECT_KIT} WHERE k.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-kit', `There is no kit ${id}`);
  return kitOf(row);
}

/** Which kits a list holds; an absent filter lets all pass. */
export interface KitFilter {
  readonly state: 'active' | 'retired' | 'all';
  readonly partId?: string | undefined;
}

/** A kit with the key that the list is ordered by. */
export interface ListedKit {
  readonly kit: Kit;
  readonly nameKey: string;
}

/** Kits in the order of their names; `after` continues behind the key of the last one seen. */
export async function listKits(
  db: Queryable,
  filter: KitFilter,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<ListedKit[]> {
  const rows = await db.rows<KitRecord>(
    `${SELECT_KIT}
     WHERE ($1 = 'all' OR (k.retired_at IS NULL) = ($1 = 'active'))
       AND ($2::uuid IS NULL OR EXISTS (SELECT FROM kit_line l WHERE l.kit_id = k.id AND l.part_id = $2))
       AND ($3::text IS NULL OR lower(k.name) > $3)
     ORDER BY lower(k.name) LIMIT $4`,
    [filter.state, filter.partId ?? null, page.after ?? null, page.limit],
  );
  return rows.map((row) => ({ kit: kitOf(row), nameKey: row.name_key }));
}

interface KitRecord {
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
  readonly note: string | null;
  readonly lines: KitLine[];
  readonly retired_at: Date | null;
  readonly retired_reason: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const SELECT_KIT = `
  SELECT k.*, lower(k.name) AS name_key, (
    SELECT coalesce(json_agg(json_build_object(
      'kind', CASE WHEN l.part_id IS NOT NULL THEN 'part' WHEN l.product_id IS NOT NULL THEN 'product' ELSE 'device-model' END,
      'id', coalesce(l.part_id, l.product_id, l.device_model_id),
      'name', coalesce(p.manufacturer || ' ' || p.part_number, trim(lp.vendor || ' ' || lp.name || ' ' || lp.product_version),
        d.manufacturer || ' ' || d.model),
      'quantity', l.quantity) ORDER BY l.position), '[]')
    FROM kit_line l
    LEFT JOIN part p ON p.id = l.part_id
    LEFT JOIN licence_product lp ON lp.id = l.product_id
    LEFT JOIN device_model d ON d.id = l.device_model_id
    WHERE l.kit_id = k.id
  ) AS lines
  FROM kit k`;

function kitOf(row: KitRecord): Kit {
  return {
    id: row.id,
    name: row.name,
    note: row.note ?? '',
    lines: row.lines,
    retired: row.retired_at ? { at: instantOf(row.retired_at), reason: row.retired_reason ?? '' } : null,
    version: row.version,
    createdAt: instantOf(row.created_at),
    updatedAt: instantOf(row.updated_at),
  };
}
