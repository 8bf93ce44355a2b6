import type { Database, Queryable } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';

/** A short text that no other call gives. */
const unique = () => newId().slice(-12);

export interface MadeLocation {
  readonly id: string;
  readonly code: string;
  readonly kind: 'site' | 'room' | 'rack' | 'bin';
}

/** A location: a site, unless a parent is named (then a bin). */
export async function makeLocation(
  db: Queryable,
  wanted: Partial<{ code: string; name: string; kind: MadeLocation['kind']; parentId: string }> = {},
): Promise<MadeLocation> {
  const id = newId();
  const code = wanted.code ?? `L-${unique()}`;
  const kind = wanted.kind ?? (wanted.parentId === undefined ? 'site' : 'bin');
  await db.execute('INSERT INTO location (id, code, name, kind, parent_id) VALUES ($1, $2, $3, $4, $5)', [
    id,
    code,
    wanted.name ?? `location ${code}`,
    kind,
    wanted.parentId ?? null,
  ]);
  return { id, code, kind };
}

/** A category of parts, with the custom fields as they are stored. */
export async function makeCategory(
  db: Queryable,
  wanted: Partial<{ name: string; fields: readonly object[] }> = {},
): Promise<{ readonly id: string; readonly name: string }> {
  const id = newId();
  const name = wanted.name ?? `category ${unique()}`;
  await db.execute('INSERT INTO part_category (id, name, fields) VALUES ($1, $2, $3::jsonb)', [
    id,
    name,
    JSON.stringify(wanted.fields ?? []),
  ]);
  return { id, name };
}

export interface MadePart {
  readonly id: string;
  readonly manufacturer: string;
  readonly partNumber: string;
  readonly name: string;
  readonly tracking: 'serial' | 'bulk';
}

/** What a test may choose of a part. Reserves are pieces: in total, and below locations. */
export interface PartWishes {
  readonly manufacturer?: string;
  readonly partNumber?: string;
  readonly name?: string;
  readonly categoryId?: string;
  readonly emergencyReserve?: number;
  readonly locationReserves?: readonly { readonly locationId: string; readonly quantity: number }[];
  readonly reorderPoint?: number;
  readonly reorderQuantity?: number;
  readonly shelfLifeDays?: number;
  readonly testIntervalDays?: number;
  readonly leadTimeDays?: number;
  readonly owner?: { readonly id: string; readonly kind: 'person' | 'team' };
}

/** A part in use, of a category of its own unless one is named. */
export async function makePart(db: Queryable, tracking: 'serial' | 'bulk', wanted: PartWishes = {}): Promise<MadePart> {
  const id = newId();
  const manufacturer = wanted.manufacturer ?? 'Sample Co';
  const partNumber = wanted.partNumber ?? `PN-${unique()}`;
  const name = wanted.name ?? `part ${partNumber}`;
  const categoryId = wanted.categoryId ?? (await makeCategory(db)).id;
  await db.execute(
    `INSERT INTO part (id, manufacturer, part_number, name, category_id, tracking, unit_of_measure, emergency_reserve,
       reorder_point, reorder_quantity, shelf_life_days, test_interval_days, lead_time_days, owner_id, owner_kind)
     VALUES ($1, $2, $3, $4, $5, $6, 'piece', $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      id,
      manufacturer,
      partNumber,
      name,
      categoryId,
      tracking,
      wanted.emergencyReserve ?? 0,
      wanted.reorderPoint ?? null,
      wanted.reorderQuantity ?? (wanted.reorderPoint === undefined ? null : 1),
      wanted.shelfLifeDays ?? null,
      wanted.testIntervalDays ?? null,
      wanted.leadTimeDays ?? null,
      wanted.owner?.id ?? null,
      wanted.owner?.kind ?? null,
    ],
  );
  for (const { locationId, quantity } of wanted.locationReserves ?? []) {
    await db.execute('INSERT INTO part_reserve (part_id, location_id, quantity) VALUES ($1, $2, $3)', [
      id,
      locationId,
      quantity,
    ]);
  }
  return { id, manufacturer, partNumber, name, tracking };
}

/** A model of device that can fail. */
export async function makeDeviceModel(
  db: Queryable,
  wanted: Partial<{ manufacturer: string; model: string }> = {},
): Promise<{ readonly id: string; readonly manufacturer: string; readonly model: string }> {
  const id = newId();
  const { manufacturer = 'Sample Co', model = `M-${unique()}` } = wanted;
  await db.execute('INSERT INTO device_model (id, manufacturer, model) VALUES ($1, $2, $3)', [id, manufacturer, model]);
  return { id, manufacturer, model };
}

/** Says that a part serves in place of a failed device model, or of another part. */
export async function makeFit(
  db: Queryable,
  edge: {
    readonly deviceModelId?: string;
    readonly replacedPartId?: string;
    readonly partId: string;
    readonly rank?: number;
    readonly quantity?: number;
    readonly conditions?: string;
  },
): Promise<string> {
  const id = newId();
  await db.execute(
    `INSERT INTO part_fit (id, device_model_id, replaced_part_id, part_id, rank, quantity, conditions)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      edge.deviceModelId ?? null,
      edge.replacedPartId ?? null,
      edge.partId,
      edge.rank ?? 1,
      edge.quantity ?? 1,
      edge.conditions ?? null,
    ],
  );
  return id;
}

/** Units of a serial part that lie at a location, usable; their ids, in the order in which they came. */
export async function receiveUnits(db: Database, partId: string, locationId: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  await db.transaction(async (tx) => {
    for (const id of ids) {
      await tx.execute('INSERT INTO unit (id, part_id, serial) VALUES ($1, $2, $3)', [id, partId, `S-${unique()}`]);
      await tx.execute(
        `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, to_location_id)
         VALUES ($1, 'receive', $2, $3, 'in_stock', $4)`,
        [newId(), partId, id, locationId],
      );
    }
  });
  return ids;
}

/** Pieces of a bulk part that lie at a location, usable; the id of their stock row. */
export async function receiveStock(
  db: Database,
  partId: string,
  locationId: string,
  quantity: number,
  { lot = '', expiresOn = null }: { readonly lot?: string; readonly expiresOn?: string | null } = {},
): Promise<string> {
  return db.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO stock (id, part_id, location_id, lot, expires_on) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT ON CONSTRAINT stock_place_unique DO NOTHING`,
      [newId(), partId, locationId, lot, expiresOn],
    );
    const [row] = await tx.rows<{ id: string }>(
      `SELECT id FROM stock WHERE part_id = $1 AND location_id = $2 AND lot = $3
       AND expires_on IS NOT DISTINCT FROM $4::date AND condition = 'usable'`,
      [partId, locationId, lot, expiresOn],
    );
    const id = row?.id ?? '';
    await tx.execute(
      `INSERT INTO movement (batch_id, kind, part_id, quantity, to_stock_id) VALUES ($1, 'receive', $2, $3, $4)`,
      [newId(), partId, quantity, id],
    );
    return id;
  });
}
