// What this machine could do at best: the least that a check-out could conceivably cost, on tables of the same columns that
// have a primary key and nothing else (no trigger, no other index, no foreign key, no check). Whatever guards are, they come
// on top of it.
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type ConnectionSettings, driverSettings } from '../../src/database/connection.ts';
import { runAs } from '../../test/support/database.ts';
import { type Measured, measure, type Served } from './http-load.ts';
import { median } from './median.ts';
import type { ScriptRunner } from './pool-pgbench.ts';
import { ID_BASE, KINDS, type PoolCounts } from './pool-scale.ts';

/** How safe a commit is. The first is how Muster runs, each of the others is a way that it could not. */
const SAFETIES = [
  { name: 'fsync on, synchronous_commit on', settings: { fsync: 'on', synchronous_commit: 'on' } },
  { name: 'fsync on, synchronous_commit off', settings: { fsync: 'on', synchronous_commit: 'off' } },
  { name: 'fsync off, synchronous_commit off', settings: { fsync: 'off', synchronous_commit: 'off' } },
] as const;

const TABLES = {
  stock: 'id',
  allocation: 'id',
  allocation_line: 'id',
  movement: 'id',
  audit_entry: 'id',
  idempotency_record: 'principal_id, operation_id, key',
} as const;

/** Check-outs that one transaction carries out in the batched scripts. */
const BATCH = 16;

/** Makes the tables, and the statements on them with the values of the last real check-out. */
export async function prepareCeiling(superuser: ConnectionSettings, service: ConnectionSettings): Promise<Scripts> {
  await runAs(superuser, 'CREATE SCHEMA ceiling');
  for (const [table, key] of Object.entries(TABLES)) {
    await runAs(
      superuser,
      `CREATE TABLE ceiling.${table} (LIKE ${table} INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING GENERATED, PRIMARY KEY (${key}))`,
    );
  }
  await runAs(superuser, 'INSERT INTO ceiling.stock OVERRIDING SYSTEM VALUE SELECT * FROM stock');
  await runAs(superuser, 'UPDATE ceiling.stock SET quantity = 1000000000');
  await runAs(superuser, 'VACUUM ANALYZE ceiling.stock');
  await runAs(superuser, `GRANT USAGE ON SCHEMA ceiling TO ${service.role ?? service.user}`);
  await runAs(superuser, `GRANT ALL ON ALL TABLES IN SCHEMA ceiling TO ${service.role ?? service.user}`);
  const scripts = scriptsLike(await lastCheckOut(superuser));
  await runAs(superuser, scripts.makeOne);
  // Plans for the values would be made anew, which costs more than they save.
  await runAs(superuser, `ALTER DATABASE ${superuser.database} SET plan_cache_mode = force_generic_plan`);
  return scripts;
}

interface Sample {
  readonly principal: string;
  readonly details: string;
  readonly body: string;
}

async function lastCheckOut(superuser: ConnectionSettings): Promise<Sample> {
  const [sample] = await runAs<Sample>(
    superuser,
    `SELECT r.principal_id AS principal, e.details::text AS details, r.body
     FROM (SELECT * FROM idempotency_record ORDER BY created_at DESC LIMIT 1) r,
          (SELECT * FROM audit_entry WHERE action = 'allocation.checkout' ORDER BY id DESC LIMIT 1) e`,
  );
  if (!sample) throw new Error('No check-out was made yet: there is nothing to take the values of');
  return sample;
}

/** What the least check-outs are. Each takes from the stock row of the number n and has an Idempotency-Key. */
export interface Scripts {
  /** Makes the function that carries one check-out out: a plpgsql function is cheaper than one statement for all rows. */
  readonly makeOne: string;
  /** One check-out: $1 is n, $2 the key. */
  readonly one: string;
  /** Many in one statement, which is cheaper than calls: $1 is integer[], $2 text[]. */
  readonly many: string;
}

const quoted = (value: string) => `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll(':', '\\x3a')}'`;

/** The id of the n-th stock row, as `poolId` makes it. */
const STOCK_ID = `('${ID_BASE.toString(16).padStart(12, '0').slice(0, 8)}-' || lpad(to_hex(n), 4, '0') || '-7${KINDS.stock
  .toString(16)
  .padStart(3, '0')}-8000-000000000000')::uuid`;

const ALLOCATION = 'INSERT INTO ceiling.allocation (id, form, purpose, holder_kind, holder_id, created_by)';
const LINE = `INSERT INTO ceiling.allocation_line (id, root_line_id, allocation_id, position, kind, part_id, stock_id, quantity,
  first_quantity, state, during, due_at, issued_at)`;
const MOVEMENT = `INSERT INTO ceiling.movement (batch_id, kind, part_id, quantity, from_stock_id, from_location_id, from_balance,
  line_id, actor_id)`;
const AUDIT = 'INSERT INTO ceiling.audit_entry (actor_id, actor_name, action, subject_kind, subject_id, details)';
const KEPT = 'INSERT INTO ceiling.idempotency_record (principal_id, operation_id, key, request_hash, status, body)';

function scriptsLike({ principal, details, body }: Sample): Scripts {
  const who = `'${principal}'::uuid`;
  const head = (id: string) => `${id}, 'checkout', 'loan', 'team', ${who}, ${who}`;
  const line = (
    part: string,
    row: string,
  ) => `line_id, line_id, allocation_id, 0, 'stock', ${part}, ${row}, 1, 1, 'issued',
    tstzrange(now(), now() + interval '7 days'), now() + interval '7 days', now()`;
  const told = `${who}, 'bench', 'allocation.checkout', 'allocation', allocation_id, ${quoted(details)}::jsonb`;
  const kept = (key: string) => `${who}, 'checkOut', ${key}, sha256(convert_to(${key}, 'UTF8')), 201, ${quoted(body)}`;
  return {
    makeOne: `CREATE FUNCTION ceiling.check_out(n integer, of_key text) RETURNS integer LANGUAGE plpgsql AS $$
      DECLARE
        allocation_id uuid := gen_random_uuid();
        line_id uuid := gen_random_uuid();
        s ceiling.stock;
      BEGIN
        UPDATE ceiling.stock SET quantity = quantity - 1 WHERE id = ${STOCK_ID} AND quantity >= 1 RETURNING * INTO s;
        IF NOT FOUND THEN RETURN 0; END IF;
        ${ALLOCATION} VALUES (${head('allocation_id')});
        ${LINE} VALUES (${line('s.part_id', 's.id')});
        ${MOVEMENT} VALUES (allocation_id, 'issue', s.part_id, 1, s.id, s.location_id, s.quantity, line_id, ${who});
        ${AUDIT} VALUES (${told});
        ${KEPT} VALUES (${kept('of_key')});
        RETURN 1;
      END $$`,
    one: 'SELECT ceiling.check_out($1, $2)',
    many: `WITH asked AS (SELECT * FROM unnest($1::integer[], $2::text[]) AS a (n, key)), taken AS (
        UPDATE ceiling.stock s SET quantity = s.quantity - a.pieces
        FROM (SELECT ${STOCK_ID} AS id, count(*)::integer AS pieces FROM asked GROUP BY n) a
        WHERE s.id = a.id AND s.quantity >= a.pieces RETURNING s.id, s.part_id, s.location_id, s.quantity
      ), made AS MATERIALIZED (
        SELECT t.*, a.key, gen_random_uuid() AS allocation_id, gen_random_uuid() AS line_id
        FROM asked a JOIN taken t ON t.id = ${STOCK_ID}
      ), head AS (${ALLOCATION} SELECT ${head('allocation_id')} FROM made RETURNING number
      ), line AS (${LINE} SELECT ${line('part_id', 'id')} FROM made
      ), moved AS (${MOVEMENT} SELECT allocation_id, 'issue', part_id, 1, id, location_id, quantity, line_id, ${who} FROM made
      ), told AS (${AUDIT} SELECT ${told} FROM made
      ), kept AS (${KEPT} SELECT ${kept('key')} FROM made)
      SELECT count(*)::integer AS made FROM head`,
  };
}

/** The scripts for pgbench. `per` is how many check-outs one transaction of it makes. */
function pgbenchScripts({ many }: Scripts, rows: number): { name: string; per: number; script: string }[] {
  const script = (sql: string) =>
    `\\set n random(1, ${rows - BATCH - 1})\n\\set key random(1, 2000000000000000)\n${sql.replaceAll(/\s*\n\s*/g, ' ')};`;
  const batch = many.replace(
    'FROM unnest($1::integer[], $2::text[]) AS a (n, key)',
    `FROM (SELECT (:n)::integer + i AS n, (:key)::text || i AS key FROM generate_series(1, ${BATCH}) AS i) AS a`,
  );
  return [
    { name: 'a transaction that inserts one row', per: 1, script: script(INSERT_ONE.replace('$1', '(:key)::text')) },
    {
      name: 'a check-out a transaction',
      per: 1,
      script: script('SELECT ceiling.check_out((:n)::integer, (:key)::text)'),
    },
    { name: `${BATCH} check-outs a transaction`, per: BATCH, script: script(batch) },
  ];
}

/** The smallest transaction that leaves something behind. */
export const INSERT_ONE = `INSERT INTO ceiling.audit_entry (actor_name, action, subject_kind, subject_id)
  VALUES ('bench', 'allocation.checkout', 'allocation', $1)`;

interface CeilingParts {
  readonly superuser: ConnectionSettings;
  readonly bare: () => Promise<Measured>;
  /** An Express route with nothing around it that sends the least: one statement a request, or a batch for all that wait. */
  readonly served: Served;
  readonly body: () => unknown;
  readonly runner: ScriptRunner;
  readonly scripts: Scripts;
  readonly counts: PoolCounts;
  readonly rounds: number;
  readonly seconds: number;
}

/** Prints check-outs per second and, from the same round, their share of bare Express. */
export async function printCeiling(parts: CeilingParts): Promise<void> {
  const { runner, seconds, bare, served, body } = parts;
  for (const { name: safety, settings } of SAFETIES) {
    await setAll(parts.superuser, settings);
    const found = new Map<string, { readonly perSecond: number; readonly share: number }[]>();
    for (let round = 1; round <= parts.rounds; round += 1) {
      const yardstick = await bare();
      const note = (name: string, perSecond: number) =>
        found.set(name, [...(found.get(name) ?? []), { perSecond, share: perSecond / yardstick.perSecond }]);
      note('bare Express POST', yardstick.perSecond);
      for (const clients of [32, 8]) {
        for (const { name, per, script } of pgbenchScripts(parts.scripts, parts.counts.stockRows)) {
          const { perSecond } = await runner.run(script, { clients, seconds });
          note(`${runner.name}, ${clients} clients: ${name}`, perSecond * per);
        }
      }
      for (const path of ['/one-row', '/one', '/batched']) {
        const { perSecond } = await measure(served, { path, body, connections: 32, seconds });
        note(`Express and pg, 32 clients: ${path.slice(1)}`, perSecond);
      }
    }
    console.log(safety);
    for (const [name, rounds] of found) {
      const middle = (of: 'perSecond' | 'share') => median(rounds.map((round) => round[of]));
      console.log(`  ${middle('perSecond').toFixed(0).padStart(6)}/s  ${middle('share').toFixed(2)}  ${name}`);
    }
  }
}

async function setAll(superuser: ConnectionSettings, settings: Readonly<Record<string, string>>): Promise<void> {
  const client = new Client(driverSettings(superuser, 'bench'));
  await client.connect();
  for (const [name, value] of Object.entries(settings)) await client.query(`ALTER SYSTEM SET ${name} = ${value}`);
  await client.query('SELECT pg_reload_conf()');
  await client.end();
  await delay(500);
}
