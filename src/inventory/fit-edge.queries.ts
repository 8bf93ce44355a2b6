import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Fit } from './fit.ts';
import { partRefs } from './part.queries.ts';

/**
 * One fit of a part.
 * @throws AppError `not-found` `no-such-fit` when there is none, or it is one of another part.
 */
export async function fitById(db: Queryable, { partId, fitId }: FitKey): Promise<Fit> {
  const rows = await db.rows<FitRecord>(`${SELECT_FIT} WHERE f.id = $1 AND f.part_id = $2`, [fitId, partId]);
  const [fit] = await withParts(db, rows);
  if (!fit) throw new AppError('not-found', 'no-such-fit', `The part ${partId} has no fit ${fitId}`);
  return fit;
}

/** Which fit is meant. */
export interface FitKey {
  readonly partId: string;
  readonly fitId: string;
}

/** What edges a list holds: those to a part (what it serves for), or those from a device model. */
export type FitsOf = { readonly partId: string } | { readonly deviceModelId: string };

/** Fits in the order of their ids; `after` continues behind the last one seen. */
export async function listFits(
  db: Queryable,
  of: FitsOf,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<Fit[]> {
  const [column, id] = 'partId' in of ? ['f.part_id', of.partId] : ['f.device_model_id', of.deviceModelId];
  const rows = await db.rows<FitRecord>(
    `${SELECT_FIT} WHERE ${column} = $1 AND ($2::uuid IS NULL OR f.id > $2) ORDER BY f.id LIMIT $3`,
    [id, page.after ?? null, page.limit],
  );
  return withParts(db, rows);
}

const SELECT_FIT = `
  SELECT f.id, f.part_id AS "partId", f.replaced_part_id AS "replacedPartId", f.rank, f.quantity, f.conditions, f.version,
    f.created_at AS "createdAt", f.updated_at AS "updatedAt",
    CASE WHEN m.id IS NOT NULL
      THEN jsonb_build_object('id', m.id, 'manufacturer', m.manufacturer, 'model', m.model) END AS "deviceModel"
  FROM part_fit f LEFT JOIN device_model m ON m.id = f.device_model_id`;

interface FitRecord extends Pick<Fit, 'id' | 'deviceModel' | 'rank' | 'quantity' | 'conditions' | 'version'> {
  readonly partId: string;
  readonly replacedPartId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

async function withParts(db: Queryable, rows: readonly FitRecord[]): Promise<Fit[]> {
  const refs = await partRefs(
    db,
    rows.flatMap(({ partId, replacedPartId }) => (replacedPartId === null ? [partId] : [partId, replacedPartId])),
  );
  return rows.flatMap(({ partId, replacedPartId, createdAt, updatedAt, ...row }) => {
    const part = refs.get(partId);
    // Parts are never deleted, so that each is there.
    if (!part) return [];
    const replacedPart = replacedPartId === null ? null : (refs.get(replacedPartId) ?? null);
    return [{ ...row, part, replacedPart, createdAt: instantOf(createdAt), updatedAt: instantOf(updatedAt) }];
  });
}
