import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { LabelText } from './label.ts';

/** Labels of one sheet document. */
export const LABELS_MAX = 300;

/** Which things are to be labelled: these, or all that lie in a location. */
export interface LabelChoice {
  readonly ids?: readonly string[] | undefined;
  readonly locationId?: string | undefined;
}

/**
 * What the labels of units say, in the order of the places where they lie. Units that were written off get none.
 * @throws AppError `not-found` `nothing-to-label`; `unprocessable` `too-many-labels`.
 */
export async function unitLabels(db: Queryable, { ids, locationId }: LabelChoice): Promise<LabelText[]> {
  const rows = await db.rows<{ tag: string | null; serial: string; part: string; name: string }>(
    `SELECT u.asset_tag AS tag, u.serial, p.manufacturer || ' ' || p.part_number AS part, p.name
     FROM unit u JOIN part p ON p.id = u.part_id LEFT JOIN location l ON l.id = u.location_id
     WHERE u.state <> 'retired' AND ($1::uuid[] IS NULL OR u.id = ANY ($1))
       AND ($2::uuid IS NULL OR u.location_id IN (SELECT location_subtree($2)))
     ORDER BY lower(l.code), lower(p.part_number), lower(u.serial), u.id LIMIT ${LABELS_MAX + 1}`,
    [ids ?? null, locationId ?? null],
  );
  return bounded(rows, 'unit').map(({ tag, serial, part, name }) => ({
    code: tag ?? serial,
    lines: [...(tag === null ? [] : [tag]), `SN ${serial}`, part, name],
  }));
}

/**
 * What the labels of locations say, in the order of their codes.
 * @throws AppError `not-found` `nothing-to-label`; `unprocessable` `too-many-labels`.
 */
export async function locationLabels(db: Queryable, { ids, locationId }: LabelChoice): Promise<LabelText[]> {
  const rows = await db.rows<{ code: string; name: string; kind: string }>(
    `SELECT code, name, kind FROM location
     WHERE retired_at IS NULL AND ($1::uuid[] IS NULL OR id = ANY ($1))
       AND ($2::uuid IS NULL OR id IN (SELECT location_subtree($2)))
     ORDER BY lower(code) LIMIT ${LABELS_MAX + 1}`,
    [ids ?? null, locationId ?? null],
  );
  return bounded(rows, 'location').map(({ code, name, kind }) => ({ code, lines: [code, name, kind] }));
}

function bounded<Row>(rows: readonly Row[], noun: string): readonly Row[] {
  if (rows.length === 0) throw new AppError('not-found', 'nothing-to-label', `There is no such ${noun} in use`);
  if (rows.length <= LABELS_MAX) return rows;
  const message = `There are more than ${LABELS_MAX} ${noun}s: print them place by place`;
  throw new AppError('unprocessable', 'too-many-labels', message, {
    fields: [{ field: 'query.locationId', message: `must hold at most ${LABELS_MAX} ${noun}s` }],
  });
}
