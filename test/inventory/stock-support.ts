import type { Database } from '../../src/database/database.ts';
import { newId } from '../../src/kernel/ids.ts';

/** What a test may choose of a unit. Days are ISO dates. */
export interface UnitWishes {
  readonly partId: string;
  readonly locationId: string;
  readonly serial?: string;
  readonly assetTag?: string;
  readonly state?: 'in_stock' | 'quarantined';
  readonly condition?: 'new' | 'good' | 'worn' | 'damaged';
  readonly expiresOn?: string;
  readonly testDueOn?: string;
  readonly lastTestedAt?: string;
}

export interface MadeUnit {
  readonly id: string;
  readonly serial: string;
}

/** A unit that lies at a location, received by one movement. */
export async function makeUnit(db: Database, wanted: UnitWishes): Promise<MadeUnit> {
  const id = newId();
  const serial = wanted.serial ?? `S-${id.slice(-12)}`;
  await db.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO unit (id, part_id, serial, asset_tag, condition, expires_on, test_due_on, last_tested_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        id,
        wanted.partId,
        serial,
        wanted.assetTag ?? null,
        wanted.condition ?? 'new',
        wanted.expiresOn ?? null,
        wanted.testDueOn ?? null,
        wanted.lastTestedAt ?? null,
      ],
    );
    await tx.execute(
      `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, to_location_id)
       VALUES ($1, 'receive', $2, $3, $4, $5)`,
      [newId(), wanted.partId, id, wanted.state ?? 'in_stock', wanted.locationId],
    );
  });
  return { id, serial };
}

/** What a test may choose of a stock row. */
export interface StockWishes {
  readonly partId: string;
  readonly locationId: string;
  readonly quantity: number;
  readonly lot?: string;
  readonly expiresOn?: string;
  readonly condition?: 'usable' | 'quarantined';
}

/** A new stock row with pieces in it, received by one movement; its id. */
export async function makeStock(db: Database, wanted: StockWishes): Promise<string> {
  const id = newId();
  await db.transaction(async (tx) => {
    await tx.execute(
      'INSERT INTO stock (id, part_id, location_id, lot, expires_on, condition) VALUES ($1, $2, $3, $4, $5, $6)',
      [id, wanted.partId, wanted.locationId, wanted.lot ?? '', wanted.expiresOn ?? null, wanted.condition ?? 'usable'],
    );
    await tx.execute(
      `INSERT INTO movement (batch_id, kind, part_id, quantity, to_stock_id) VALUES ($1, 'receive', $2, $3, $4)`,
      [newId(), wanted.partId, wanted.quantity, id],
    );
  });
  return id;
}
