import { beforeAll } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { makeCaller } from '../people/cast.ts';
import { attackerOf, type Blow, type Front, type Refusal } from '../support/attack.ts';
import type { TestDatabase } from '../support/database.ts';
import { openEmergency } from '../support/open-emergency.ts';
import { shelfOf } from './shelf.ts';

/** Columns of a line that a test names. Times are SQL. */
export type LineColumns = Readonly<Record<string, string | number | boolean | null>>;

/** Something to attack: nothing of it is out or held. */
export interface Pool {
  readonly holderId: string;
  readonly site: string;
  readonly partId: string;
  readonly bulkId: string;
  readonly unitIds: readonly string[];
  readonly unitId: string;
  readonly secondId: string;
  readonly thirdId: string;
  readonly stockId: string;
  readonly entitlementId: string;
}

export interface PoolWishes {
  readonly reserve?: number;
  readonly siteReserve?: number;
  readonly units?: number;
  readonly pieces?: number;
  readonly seats?: number;
  readonly seatReserve?: number;
}

/** Blows that write allocations, lines and movements, and a pool to attack. */
export function poolOf(database: TestDatabase) {
  const attacker = attackerOf(database);
  const shelf = shelfOf(database);
  beforeAll(() => openEmergency(database));
  let holder: Promise<string> | undefined;

  /** A part with units at one site; a bulk part with pieces; seats. Nothing is out or held. */
  async function pool({
    reserve = 0,
    siteReserve = 0,
    units = 3,
    pieces = 10,
    seats = 5,
    seatReserve = 0,
  }: PoolWishes = {}): Promise<Pool> {
    holder ??= makeCaller(database.db).then(({ principal }) => principal.id);
    const holderId = await holder;
    const site = await shelf.site();
    const partId = await shelf.part({ emergency_reserve: reserve });
    const bulkId = await shelf.part({ tracking: 'bulk', emergency_reserve: reserve });
    for (const part of siteReserve > 0 ? [partId, bulkId] : []) {
      await database.db.execute('INSERT INTO part_reserve VALUES ($1, $2, $3)', [part, site, siteReserve]);
    }
    const unitIds = await shelf.units(partId, site, units);
    const stockId = await shelf.stock(bulkId, site, pieces);
    const entitlementId = await shelf.entitlement(await shelf.product(), {
      quantity: seats,
      emergency_reserve: seatReserve,
    });
    const [unitId, secondId, thirdId] = [unitIds[0] ?? '', unitIds[1] ?? '', unitIds[2] ?? ''];
    return { holderId, site, partId, bulkId, unitIds, unitId, secondId, thirdId, stockId, entitlementId };
  }

  /** Runs blows that have to succeed. */
  async function given(...blows: readonly Blow[]): Promise<void> {
    const refused = await attacker.strike('service', blows);
    if (refused) throw new Error(`a step that should succeed was refused: ${JSON.stringify(refused)}`);
  }

  return {
    attacker,
    shelf,
    pool,
    given,
    /** Blows against a line that has been there since an earlier transaction. */
    since:
      (prepare: (on: Pool, lineId: string) => readonly Blow[], blows: (on: Pool, lineId: string) => readonly Blow[]) =>
      async (on: Pool): Promise<readonly Blow[]> => {
        const lineId = newId();
        await given(...prepare(on, lineId));
        return blows(on, lineId);
      },
    /** Expects that blows against a pool of its own are refused from every front, or from those that are named. */
    refused: (
      blows: (on: Pool) => readonly Blow[] | Promise<readonly Blow[]>,
      refusal: string | Refusal,
      { fronts, ...wanted }: { fronts?: readonly Front[] } & PoolWishes = {},
    ) => attacker.expectRefused(async () => blows(await pool(wanted)), refusal, fronts),
  };
}

/** An allocation: a loan unless it says otherwise. */
export const allocation = (on: Pool, id: string, columns: LineColumns = {}): Blow =>
  insert('allocation', {
    id,
    form: 'checkout',
    purpose: 'loan',
    holder_kind: 'team',
    holder_id: on.holderId,
    ...columns,
  });

const FOREVER = `tstzrange(now(), 'infinity')`;
const TIMES = ['during', 'expires_at', 'issued_at', 'ended_at', 'due_at', 'created_at'];

/** A line of an allocation. Columns with times are SQL expressions, the others values. */
export const line = (id: string, allocationId: string, columns: LineColumns): Blow => {
  const state = columns.state ?? 'issued';
  return insert('allocation_line', {
    id,
    root_line_id: id,
    allocation_id: allocationId,
    position: 0,
    quantity: 1,
    state,
    during: FOREVER,
    ...(state === 'held' ? { expires_at: `now() + interval '1 day'` } : { issued_at: 'now()' }),
    ...columns,
  });
};

export const unitLine = (on: Pool, unitId: string) => ({ kind: 'unit', part_id: on.partId, unit_id: unitId });
export const stockLine = (on: Pool, quantity: number) => ({
  kind: 'stock',
  part_id: on.bulkId,
  stock_id: on.stockId,
  quantity,
});
export const seatLine = (on: Pool, quantity: number) => ({ kind: 'seat', entitlement_id: on.entitlementId, quantity });

/** A movement of a unit for a line. */
export const unitMove = (on: Pool, unitId: string, kind: string, toState: string, columns: LineColumns = {}): Blow =>
  insert('movement', {
    batch_id: newId(),
    part_id: on.partId,
    unit_id: unitId,
    kind,
    to_state: toState,
    to_location_id: ['in_stock', 'quarantined'].includes(toState) ? on.site : null,
    reason: 'because',
    ...columns,
  });

/** A movement of pieces for a line. */
export const stockMove = (
  on: Pool,
  kind: 'issue' | 'return',
  quantity: number,
  lineId: string,
  columns: LineColumns = {},
): Blow =>
  insert('movement', {
    batch_id: newId(),
    part_id: on.bulkId,
    kind,
    quantity,
    line_id: lineId,
    ...(kind === 'issue' ? { from_stock_id: on.stockId } : { to_stock_id: on.stockId }),
    ...columns,
  });

/** A unit handed out to a new allocation: all that the service would write. */
export const unitOut = (on: Pool, unitId: string, lineId: string, columns: LineColumns = {}): Blow[] => {
  const id = newId();
  return [
    allocation(on, id),
    line(lineId, id, { ...unitLine(on, unitId), ...columns }),
    unitMove(on, unitId, 'issue', 'issued', { line_id: lineId }),
  ];
};

/** Pieces handed out to a new allocation. */
export const stockOut = (on: Pool, quantity: number, lineId: string, columns: LineColumns = {}): Blow[] => {
  const id = newId();
  return [
    allocation(on, id),
    line(lineId, id, { ...stockLine(on, quantity), ...columns }),
    stockMove(on, 'issue', quantity, lineId),
  ];
};

/** Something held or taken that needs no movement: seats, or any hold. */
export const kept = (on: Pool, lineId: string, columns: LineColumns, head: LineColumns = {}): Blow[] => {
  const id = newId();
  return [allocation(on, id, { form: 'hold', ...head }), line(lineId, id, columns)];
};

/** Ends a line. */
export const end = (lineId: string, state: string): Blow => [
  'UPDATE allocation_line SET state = $2, ended_at = now() WHERE id = $1',
  lineId,
  state,
];

export const change = (lineId: string, set: string): Blow => [
  `UPDATE allocation_line SET ${set} WHERE id = $1`,
  lineId,
];

function insert(table: string, columns: LineColumns): Blow {
  const entries = Object.entries(columns);
  const parameters: unknown[] = [];
  const values = entries.map(([name, value]) => {
    if (TIMES.includes(name) && value !== null) return String(value);
    parameters.push(value);
    return `$${parameters.length}`;
  });
  return [
    `INSERT INTO ${table} (${entries.map(([name]) => name).join(', ')}) VALUES (${values.join(', ')})`,
    ...parameters,
  ];
}
