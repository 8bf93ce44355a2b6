import { Client } from 'pg';
import { type ConnectionSettings, driverSettings } from '../../src/database/connection.ts';
import { BIN_FIRST, BULK_FIRST, ID_BASE, KINDS, type PoolCounts, type PoolScale, poolCounts } from './pool-scale.ts';

const RACK_FIRST = 200_000;
const ROOM_FIRST = 100_000;
/** Movements of each stock row: one receipt, then pieces come and go in turn. */
const STOCK_MOVES = 7;

/**
 * Fills an empty pool with set-based SQL: units in every state, stock, a ledger that sums to them, check-outs, holds, seats,
 * repairs. Triggers rest and indexes are built afterwards, so it needs a superuser's connection, and an empty pool.
 */
export async function loadPool(superuser: ConnectionSettings, scale: PoolScale): Promise<PoolCounts> {
  const counts = poolCounts(scale);
  const client = new Client(driverSettings(superuser, 'pool data'));
  await client.connect();
  try {
    await client.query(
      `SET session_replication_role = replica; SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'`,
    );
    await client.query('BEGIN');
    await withoutTriggersAndIndexes(client, async () => {
      for (const statement of statements(counts)) await client.query(statement);
    });
    await client.query('COMMIT');
    await client.query('VACUUM (ANALYZE)');
  } finally {
    await client.end();
  }
  return counts;
}

const TABLES = ['unit', 'stock', 'movement', 'allocation', 'allocation_line', 'notice'];

/** `replica` rests the foreign keys; the guards hold all the same, so they are switched off and put back as they were. */
async function withoutTriggersAndIndexes(client: Client, work: () => Promise<void>): Promise<void> {
  const { rows: triggers } = await client.query<{ on: string; off: string }>(
    `SELECT format('ALTER TABLE %s DISABLE TRIGGER %I', tgrelid::regclass, tgname) AS off,
            format('ALTER TABLE %s ENABLE %s TRIGGER %I', tgrelid::regclass,
              CASE tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, tgname) AS "on"
     FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
     WHERE NOT tgisinternal AND tgenabled <> 'D' AND c.relnamespace = 'public'::regnamespace`,
  );
  const { rows: indexes } = await client.query<{ name: string; made: string }>(
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made FROM pg_index i
     WHERE i.indrelid = ANY ($1::regclass[]) AND NOT i.indisprimary
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)`,
    [TABLES],
  );
  for (const { off } of triggers) await client.query(off);
  for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
  await work();
  for (const { made } of indexes) await client.query(made);
  for (const { on } of triggers) await client.query(on);
}

const id = (kind: keyof typeof KINDS, n: string) => `pool_id(${KINDS[kind]}, ${n})`;
const upTo = (count: number) => `generate_series(0, ${count - 1}) AS g (i)`;

// Where unit i lies after its t-th move, and how it fares by its last two digits.
const place = (counts: PoolCounts, t: number) =>
  id('location', `${BIN_FIRST} + (i::bigint * 7 + ${t * 13}) % ${counts.bins}`);
const serialPart = (counts: PoolCounts) =>
  id('part', `CASE WHEN i % 10 = 0 THEN 0 ELSE 1 + i % ${counts.serialParts - 1} END`);
const bulkPart = (counts: PoolCounts) => id('part', `${BULK_FIRST} + i % ${counts.bulkParts}`);
const stockPlace = (counts: PoolCounts) => id('location', `${BIN_FIRST} + (i::bigint * 11) % ${counts.bins}`);
const FATE = `CASE WHEN i % 100 < 70 THEN 'in_stock' WHEN i % 100 < 78 THEN 'issued' WHEN i % 100 < 90 THEN 'deployed'
  WHEN i % 100 < 93 THEN 'in_repair' WHEN i % 100 < 96 THEN 'quarantined' ELSE 'retired' END`;
const LENT = '(i % 100 < 10 OR i % 100 BETWEEN 70 AND 89)';

function statements(counts: PoolCounts): string[] {
  return [
    `CREATE FUNCTION pg_temp.pool_id(kind integer, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
       RETURN (lpad(to_hex(${ID_BASE} + n), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8000000000000000')::uuid`,
    ...catalogue(counts),
    ...units(counts),
    ...stock(counts),
    ...licences(counts),
    ...allocations(counts),
    ...upkeep(counts),
  ].map((statement) => statement.replaceAll('pool_id(', 'pg_temp.pool_id(').replaceAll('pg_temp.pg_temp.', 'pg_temp.'));
}

function catalogue(counts: PoolCounts): string[] {
  const [racks, rooms] = [Math.ceil(counts.bins / 10), Math.ceil(counts.bins / 100)];
  const sites = Math.ceil(rooms / 5);
  const level = (kind: string, count: number, first: number, parent: string) =>
    `INSERT INTO location (id, code, name, kind, parent_id)
     SELECT ${id('location', `${first} + i`)}, '${kind}-' || i, '${kind} ' || i, '${kind}', ${parent} FROM ${upTo(count)}`;
  return [
    level('site', sites, 0, 'NULL'),
    level('room', rooms, ROOM_FIRST, id('location', 'i / 5')),
    level('rack', racks, RACK_FIRST, id('location', `${ROOM_FIRST} + i / 10`)),
    level('bin', counts.bins, BIN_FIRST, id('location', `${RACK_FIRST} + i / 10`)),
    `INSERT INTO part_category (id, name) SELECT ${id('category', 'i')}, 'Category ' || i FROM ${upTo(10)}`,
    `INSERT INTO part (id, manufacturer, part_number, name, category_id, tracking, unit_of_measure, emergency_reserve)
     SELECT ${id('part', 'i')}, 'Maker ' || i % 40, 'PN-' || lpad(i::text, 6, '0'), 'Power supply ' || i, ${id('category', 'i % 10')},
       'serial', 'piece', CASE WHEN i % 3 = 0 THEN 2 ELSE 0 END FROM ${upTo(counts.serialParts)}`,
    `INSERT INTO part (id, manufacturer, part_number, name, category_id, tracking, unit_of_measure, emergency_reserve)
     SELECT ${id('part', `${BULK_FIRST} + i`)}, 'Maker ' || i % 40, 'BN-' || lpad(i::text, 6, '0'), 'Cable ' || i,
       ${id('category', 'i % 10')}, 'bulk', 'piece', CASE WHEN i % 3 = 0 THEN 10 ELSE 0 END FROM ${upTo(counts.bulkParts)}`,
    `INSERT INTO device_model (id, manufacturer, model) SELECT ${id('deviceModel', 'i')}, 'Maker ' || i % 40, 'Server ' || i
     FROM ${upTo(counts.deviceModels)}`,
    `INSERT INTO part_fit (id, device_model_id, part_id, rank)
     SELECT ${id('fit', 'i * 3 + k')}, ${id('deviceModel', 'i')}, ${id('part', `(i + k) % ${counts.serialParts}`)}, k + 1
     FROM ${upTo(counts.deviceModels)}, generate_series(0, 2) AS f (k)`,
    `INSERT INTO principal (id, kind, name, roles) SELECT ${id('team', 'i')}, 'team', 'Pool team ' || i, '{}' FROM ${upTo(counts.teams)}`,
    `INSERT INTO team (id) SELECT ${id('team', 'i')} FROM ${upTo(counts.teams)}`,
  ];
}

function units(counts: PoolCounts): string[] {
  const move = (step: number, columns: string, values: string, where = 'true') =>
    `INSERT INTO movement (id, batch_id, part_id, unit_id, kind, from_state, to_state, from_location_id, to_location_id,
       occurred_at, recorded_at${columns}) OVERRIDING SYSTEM VALUE
     SELECT ${step * counts.units} + i + 1, ${id('batch', `${step * counts.units} + i`)}, ${serialPart(counts)}, ${id('unit', 'i')},
       ${values} FROM ${upTo(counts.units)} WHERE ${where}`;
  const at = (step: number) => {
    const days = `now() - interval '${400 - 60 * step} days'`;
    return `${days}, ${days}`;
  };
  return [
    `INSERT INTO unit (id, part_id, serial, asset_tag, state, location_id, condition, supplier, firmware, warranty_until,
       expires_on, last_tested_at, test_due_on, last_seen_at, version)
     SELECT ${id('unit', 'i')}, ${serialPart(counts)}, 'SN' || lpad(i::text, 9, '0'), 'AT-' || i, ${FATE},
       CASE WHEN i % 100 < 70 OR i % 100 BETWEEN 93 AND 95 THEN ${place(counts, 2)} END,
       CASE WHEN i % 3 = 0 THEN 'good' ELSE 'new' END, 'Supplier ' || i % 20, '1.' || i % 9,
       utc_today() + i % 1500 - 500, CASE WHEN i % 5 = 0 THEN utc_today() + i % 1000 - 10 END,
       now() - i % 300 * interval '1 day', CASE WHEN i % 3 = 0 THEN utc_today() + i % 400 - 20 END, now(), 4
     FROM ${upTo(counts.units)}`,
    move(0, '', `'receive', NULL, 'in_stock', NULL, ${place(counts, 0)}, ${at(0)}`),
    move(1, '', `'transfer', 'in_stock', 'in_stock', ${place(counts, 0)}, ${place(counts, 1)}, ${at(1)}`),
    move(2, '', `'transfer', 'in_stock', 'in_stock', ${place(counts, 1)}, ${place(counts, 2)}, ${at(2)}`),
    move(
      3,
      ', line_id',
      `'issue', 'in_stock', 'issued', ${place(counts, 2)}, NULL, ${at(3)}, ${id('line', 'i')}`,
      LENT,
    ),
    move(
      3,
      '',
      `'repair_out', 'in_stock', 'in_repair', ${place(counts, 2)}, NULL, ${at(3)}`,
      'i % 100 BETWEEN 90 AND 92',
    ),
    move(
      3,
      ', reason',
      `'quarantine', 'in_stock', 'quarantined', ${place(counts, 2)}, ${place(counts, 2)}, ${at(3)}, 'looks damaged'`,
      'i % 100 BETWEEN 93 AND 95',
    ),
    move(
      3,
      ', reason',
      `'scrap', 'in_stock', 'retired', ${place(counts, 2)}, NULL, ${at(3)}, 'worn out'`,
      'i % 100 >= 96',
    ),
    move(
      4,
      ', line_id',
      `'return', 'issued', 'in_stock', NULL, ${place(counts, 2)}, ${at(4)}, ${id('line', 'i')}`,
      'i % 100 < 10',
    ),
    move(
      4,
      ', line_id',
      `'deploy', 'issued', 'deployed', NULL, NULL, ${at(4)}, ${id('line', 'i')}`,
      'i % 100 BETWEEN 78 AND 89',
    ),
  ];
}

function stock(counts: PoolCounts): string[] {
  // What lies there after the k-th of its movements: 100, then 5 more and 3 less in turn.
  const balance = (k: number) => 100 + 5 * Math.ceil(k / 2) - 3 * Math.floor(k / 2);
  const first = 5 * counts.units;
  const move = (k: number) => {
    const [kind, quantity] = k === 0 ? ['receive', 100] : k % 2 === 1 ? ['receive', 5] : ['scrap', 3];
    const end = kind === 'receive' ? 'to' : 'from';
    const days = `now() - interval '${400 - 50 * k} days'`;
    return `INSERT INTO movement (id, batch_id, part_id, kind, quantity, ${end}_stock_id, ${end}_location_id, ${end}_balance,
         reason, occurred_at, recorded_at) OVERRIDING SYSTEM VALUE
       SELECT ${first + k * counts.stockRows} + i + 1, ${id('batch', `${first + k * counts.stockRows} + i`)}, ${bulkPart(counts)}, '${kind}',
         ${quantity}, ${id('stock', 'i')}, ${stockPlace(counts)}, ${balance(k)},
         ${kind === 'scrap' ? `'worn out'` : 'NULL'}, ${days}, ${days} FROM ${upTo(counts.stockRows)}`;
  };
  return [
    `INSERT INTO stock (id, part_id, location_id, lot, expires_on, condition, quantity)
     SELECT ${id('stock', 'i')}, ${bulkPart(counts)}, ${stockPlace(counts)}, 'L' || i / ${counts.bulkParts},
       CASE WHEN i % 4 = 0 THEN utc_today() + 30 + i % 700 END, CASE WHEN i / ${counts.bulkParts} % 10 = 9 THEN 'quarantined' ELSE 'usable' END,
       ${balance(STOCK_MOVES - 1)} FROM ${upTo(counts.stockRows)}`,
    ...Array.from({ length: STOCK_MOVES }, (_, k) => move(k)),
    `SELECT setval('movement_id_seq', ${first + STOCK_MOVES * counts.stockRows + 1})`,
  ];
}

function licences(counts: PoolCounts): string[] {
  return [
    `INSERT INTO licence_product (id, vendor, name, product_version)
     SELECT ${id('product', 'i')}, 'Vendor ' || i % 30, 'Product ' || i, '1' FROM ${upTo(counts.products)}`,
    `INSERT INTO entitlement (id, product_id, name, metric, quantity, term, starts_on, ends_on, support_ends_on, emergency_reserve)
     SELECT ${id('entitlement', 'i')}, ${id('product', `i % ${counts.products}`)}, 'Contract ' || i,
       (ARRAY['named-user', 'device', 'concurrent', 'core', 'site'])[1 + i % 5], 50 + i % 100,
       CASE WHEN i % 3 = 0 THEN 'term' ELSE 'perpetual' END, utc_today() - 400,
       CASE WHEN i % 3 = 0 THEN utc_today() + i % 700 - 30 END, utc_today() + i % 900 - 30, i % 4
     FROM ${upTo(counts.entitlements)}`,
  ];
}

// Units that were lent, and seats and bulk pieces that are. Allocation and line of unit i have its number.
function allocations(counts: PoolCounts): string[] {
  const [holds, seats] = [1_000_000_000, 2_000_000_000];
  const head = (number: string, form: string, from: string, where: string) =>
    `INSERT INTO allocation (id, form, purpose, holder_kind, holder_id)
     SELECT ${id('allocation', number)}, '${form}', 'loan', 'team', ${id('team', `(i + i / 100) % ${counts.teams}`)} FROM ${from} WHERE ${where}`;
  const due = `date_trunc('hour', now()) + (i % 2000 - 1000) * interval '1 hour'`;
  return [
    head('i', 'checkout', upTo(counts.units), LENT),
    head(`${holds} + i`, 'hold', upTo(counts.stockRows), 'i % 10 = 0'),
    head(`${seats} + i`, 'checkout', upTo(counts.entitlements), 'true'),
    `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, unit_id, quantity, first_quantity, state, during,
       due_at, root_line_id, issued_at, ended_at)
     SELECT ${id('line', 'i')}, ${id('allocation', 'i')}, 0, 'unit', ${serialPart(counts)}, ${id('unit', 'i')}, 1, 1,
       CASE WHEN i % 100 < 10 THEN 'returned' WHEN i % 100 < 78 THEN 'issued' ELSE 'deployed' END,
       tstzrange(now() - interval '220 days', ${due}), ${due}, ${id('line', 'i')}, now() - interval '220 days',
       CASE WHEN i % 100 BETWEEN 70 AND 77 THEN NULL ELSE now() - interval '160 days' END
     FROM ${upTo(counts.units)} WHERE ${LENT}`,
    `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, stock_id, quantity, first_quantity, state, during,
       expires_at, root_line_id)
     SELECT ${id('line', `${holds} + i`)}, ${id('allocation', `${holds} + i`)}, 0, 'stock', ${bulkPart(counts)}, ${id('stock', 'i')},
       1, 1, 'held', tstzrange(now() - interval '1 hour', now() + interval '30 days'), now() + interval '30 days',
       ${id('line', `${holds} + i`)}
     FROM ${upTo(counts.stockRows)} WHERE i % 10 = 0`,
    `INSERT INTO allocation_line (id, allocation_id, position, kind, entitlement_id, quantity, first_quantity, state, during,
       root_line_id, issued_at)
     SELECT ${id('line', `${seats} + 2 * i + k`)}, ${id('allocation', `${seats} + i`)}, k, 'seat', ${id('entitlement', 'i')}, 5, 5,
       'issued', tstzrange(now() - interval '30 days', 'infinity'), ${id('line', `${seats} + 2 * i + k`)}, now() - interval '30 days'
     FROM ${upTo(counts.entitlements)}, generate_series(0, 1) AS s (k)`,
  ];
}

function upkeep(counts: PoolCounts): string[] {
  return [
    `INSERT INTO repair (id, unit_id, vendor, vendor_case, fault, sent_at, expected_back_on)
     SELECT ${id('repair', 'i')}, ${id('unit', 'i')}, 'Vendor ' || i % 20, 'RMA-' || i, 'no power', now() - interval '220 days',
       utc_today() + i % 60 - 30 FROM ${upTo(counts.units)} WHERE i % 100 BETWEEN 90 AND 92`,
    `INSERT INTO replenishment (id, part_id, quantity, state, origin)
     SELECT ${id('replenishment', 'i')}, ${id('part', `${BULK_FIRST} + i`)}, 10, 'requested', 'manual' FROM ${upTo(counts.bulkParts)}`,
    `INSERT INTO notice (id, kind, recipient_id, subject_kind, subject_id, summary, once_key)
     SELECT ${id('notice', 'i')}, 'allocation.overdue', ${id('team', `i % ${counts.teams}`)}, 'allocation', ${id('allocation', 'i')},
       'It is overdue', 'overdue-' || i FROM ${upTo(counts.units)} WHERE i % 100 BETWEEN 70 AND 77`,
    // One that needs ordinary parts, and one that needs the part with a tenth of all units.
    `INSERT INTO service (id, name, criticality, owner_id, owner_kind, customer, max_proof_age_days)
     SELECT ${id('service', 'i')}, 'Pool service ' || i, 'important', ${id('team', '0')}, 'team', 'Ourselves', 30 FROM ${upTo(2)}`,
    `INSERT INTO service_spare (service_id, part, quantity)
     SELECT ${id('service', '0')}, 'PN-' || lpad((i + 1)::text, 6, '0'), 2 FROM ${upTo(4)}
     UNION ALL SELECT ${id('service', '1')}, 'PN-000000', 2`,
    `INSERT INTO service_seat (service_id, product, quantity)
     SELECT ${id('service', '0')}, 'Product ' || i, 2 FROM ${upTo(5)}`,
  ];
}
