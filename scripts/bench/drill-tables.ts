import { Client } from 'pg';
import type { ConnectionSettings } from '../../src/database/connection.ts';

const TABLES = 6;

/** Rows of about a kilobyte that compress to about a half, as business data does; the same ones at every call. */
const ROWS = `SELECT n, md5(n::text)::uuid, '2026-01-01'::timestamptz + n * interval '1 minute', n % 97, n * 1.5,
    jsonb_build_object('state', n % 5, 'note', md5('a' || n), 'site', 'site ' || n % 40),
    (SELECT string_agg(md5(n::text || '-' || i), ' part ') FROM generate_series(1, 22) i)
  FROM generate_series(1, $1::integer) n`;

/** Adds tables with wide rows to a database, and answers its size in bytes. */
export async function growDatabase(settings: ConnectionSettings, rowsPerTable: number): Promise<number> {
  const client = new Client(settings);
  await client.connect();
  try {
    for (let table = 1; table <= TABLES; table += 1) {
      const name = `bench_${table}`;
      await client.query(
        `CREATE TABLE ${name} (id integer PRIMARY KEY, code uuid, at timestamptz, kind integer, amount numeric, body jsonb, note text)`,
      );
      await client.query(`INSERT INTO ${name} ${ROWS}`, [rowsPerTable]);
      await client.query(`VACUUM (ANALYZE) ${name}`);
    }
    const { rows } = await client.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}
