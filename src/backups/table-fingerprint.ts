import { type ClientBase, escapeIdentifier } from 'pg';

/** A table by its schema and name. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** What one table held at one moment, independent of the order of its rows. */
export interface TableFingerprint extends TableName {
  readonly rowCount: number;
  /**
   * The exact sum, over all rows, of the first 60 bits of the MD5 of the row's text form. A changed, added or missing row
   * changes it; it finds accidents, not an adversary who can choose rows.
   */
  readonly fingerprint: string;
}

/** The table as SQL, and as people read it. */
export const sqlNameOf = ({ schema, name }: TableName): string =>
  `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
export const displayNameOf = ({ schema, name }: TableName): string => `${schema}.${name}`;

/** Orders by schema, then name, by code unit: the same everywhere, and the order in which locks are taken. */
export function byName(a: TableName, b: TableName): number {
  if (a.schema !== b.schema) return a.schema < b.schema ? -1 : 1;
  return a.name === b.name ? 0 : a.name < b.name ? -1 : 1;
}

/** Every setting that changes the text form of a row, and those that would stop a long read or hide rows. */
const PINNED_SETTINGS: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  quote_all_identifiers: 'off',
  search_path: '',
  row_security: 'off',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
};

/** Fixes the session, so that equal data gives equal fingerprints on both sides. */
export async function pinTextForms(client: ClientBase): Promise<void> {
  const settings = Object.entries(PINNED_SETTINGS);
  const calls = settings.map((_, index) => `pg_catalog.set_config($${2 * index + 1}, $${2 * index + 2}, false)`);
  await client.query(`SELECT ${calls.join(', ')}`, settings.flat());
}

/**
 * Counts and fingerprints one table in the client's current snapshot. The session must be pinned ({@link pinTextForms}).
 * `(t.*)` is the whole row also where a column is called `t`, which `t` alone would name.
 */
export async function fingerprintTable(client: ClientBase, table: TableName): Promise<TableFingerprint> {
  const { rows } = await client.query<{ row_count: string; fingerprint: string }>(
    `SELECT count(*)::text AS row_count,
            coalesce(sum(('x' || substr(md5((t.*)::text), 1, 15))::bit(60)::bigint), 0)::text AS fingerprint
       FROM ONLY ${sqlNameOf(table)} AS t`,
  );
  const [row] = rows;
  return { ...table, rowCount: Number(row?.row_count), fingerprint: row?.fingerprint ?? '' };
}

/** Fingerprints tables one after the other in the client's current snapshot. */
export async function fingerprintTables(
  client: ClientBase,
  tables: readonly TableName[],
  onTable: (done: number, total: number) => void,
): Promise<TableFingerprint[]> {
  const fingerprints: TableFingerprint[] = [];
  for (const { schema, name } of tables) {
    fingerprints.push(await fingerprintTable(client, { schema, name }));
    onTable(fingerprints.length, tables.length);
  }
  return fingerprints;
}
