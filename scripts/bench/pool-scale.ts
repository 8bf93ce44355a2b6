/** How much of everything. The rest (locations, parts, models, products) follows from it. */
export interface PoolScale {
  readonly units: number;
  readonly stockRows: number;
  readonly entitlements: number;
}

/** With this scale the ledger has about five million movements. */
const FULL_SCALE: PoolScale = { units: 1_000_000, stockRows: 200_000, entitlements: 20_000 };

/** The same shape, a fraction of the size. */
export function scaledBy(factor: number): PoolScale {
  const part = (whole: number) => Math.max(20, Math.round(whole * factor));
  return {
    units: part(FULL_SCALE.units),
    stockRows: part(FULL_SCALE.stockRows),
    entitlements: part(FULL_SCALE.entitlements),
  };
}

export const KINDS = {
  location: 1,
  category: 2,
  part: 3,
  deviceModel: 4,
  fit: 5,
  unit: 6,
  stock: 7,
  batch: 8,
  repair: 9,
  replenishment: 10,
  product: 11,
  entitlement: 12,
  allocation: 13,
  line: 14,
  team: 15,
  notice: 16,
  service: 17,
} as const;

/** The first of October 2025 in milliseconds: where the ids begin. */
export const ID_BASE = 0x0199a0000000;

/**
 * The id of the n-th row of a kind: a UUID of version 7, made n milliseconds after the first one. The time has to stand in
 * front, as it does in real ids: a GiST index of ids that differ only at their ends has no order and is read as a whole.
 */
export function poolId(kind: keyof typeof KINDS, n: number): string {
  const time = (ID_BASE + n).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${KINDS[kind].toString(16).padStart(3, '0')}-8000-000000000000`;
}

/** How many rows of what there are, and where the numbers of their ids begin. */
export interface PoolCounts extends PoolScale {
  readonly serialParts: number;
  readonly bulkParts: number;
  /** Bulk parts are numbered from here. */
  readonly bulkPartFirst: number;
  readonly bins: number;
  /** Bins are numbered from here; racks, rooms and sites before them. */
  readonly binFirst: number;
  readonly deviceModels: number;
  readonly products: number;
  readonly teams: number;
}

export const BIN_FIRST = 300_000;
export const BULK_FIRST = 1_000_000;
export function poolCounts(scale: PoolScale): PoolCounts {
  const within = (value: number, min: number, max: number) => Math.min(max, Math.max(min, Math.round(value)));
  return {
    ...scale,
    serialParts: within(scale.units / 200, 5, 5000),
    bulkParts: within(scale.stockRows / 20, 5, 10_000),
    bulkPartFirst: BULK_FIRST,
    bins: within(scale.units / 200, 20, 5000),
    binFirst: BIN_FIRST,
    deviceModels: within(scale.units / 200, 5, 5000),
    products: within(scale.entitlements / 4, 5, 5000),
    teams: 100,
  };
}
