import type { ClientBase } from 'pg';
import { byName, displayNameOf, type TableName } from './table-fingerprint.ts';

/** A table that holds rows of its own. Partitioned parents hold none: their leaves are listed. */
export interface LeafTable extends TableName {
  readonly oid: string;
  /** Rows can only be added (`make_ledger`). */
  readonly isLedger: boolean;
  /** Made by CREATE EXTENSION: a dump does not carry its rows. */
  readonly isOfExtension: boolean;
}

/** Something that holds data and is not compared, and why. */
export interface NotCompared extends TableName {
  readonly kind: 'table' | 'unlogged table' | 'materialised view' | 'foreign table' | 'large objects' | 'database';
  readonly reason: string;
}

/** A materialised view can come back without its content, and queries on it then fail. */
export interface MaterialisedView extends TableName {
  readonly populated: boolean;
}

/** What a database consists of, as far as a comparison after a restore goes. */
export interface DatabaseContent {
  /** Sorted by {@link byName}. */
  readonly leafTables: readonly LeafTable[];
  readonly materialisedViews: readonly MaterialisedView[];
  readonly notCompared: readonly NotCompared[];
}

/** Whether two lists name the same tables; a table that was dropped and made again is another one. */
export function sameTables(a: readonly LeafTable[], b: readonly LeafTable[]): boolean {
  const key = (tables: readonly LeafTable[]) =>
    tables.map((table) => `${table.oid} ${displayNameOf(table)}`).join('\n');
  return key(a) === key(b);
}

interface RelationRow {
  schema: string;
  name: string;
  oid: string;
  relkind: 'r' | 'm' | 'f';
  relpersistence: 'p' | 'u';
  relispopulated: boolean;
  is_ledger: boolean;
  is_of_extension: boolean;
}

/** Lists what the connected database holds in user schemas, in the client's current snapshot. Temporary tables are left out. */
export async function readDatabaseContent(client: ClientBase): Promise<DatabaseContent> {
  const { rows } = await client.query<RelationRow>(
    `SELECT n.nspname AS schema, c.relname AS name, c.oid::text AS oid, c.relkind, c.relpersistence, c.relispopulated,
            EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'ledger_rows') AS is_ledger,
            EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e') AS is_of_extension
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm', 'f') AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`,
  );
  const relations = rows.sort(byName);
  const isLeaf = (row: RelationRow) => row.relkind === 'r' && row.relpersistence === 'p';
  return {
    leafTables: relations.filter(isLeaf).map(leafTableOf),
    materialisedViews: relations
      .filter(({ relkind }) => relkind === 'm')
      .map(({ schema, name, relispopulated: populated }) => ({ schema, name, populated })),
    notCompared: [
      ...relations.filter((row) => !isLeaf(row)).map(whyNotCompared),
      ...(await largeObjects(client)),
      ...(await otherDatabases(client)),
    ],
  };
}

function leafTableOf({ schema, name, oid, is_ledger, is_of_extension }: RelationRow): LeafTable {
  return { schema, name, oid, isLedger: is_ledger, isOfExtension: is_of_extension };
}

function whyNotCompared({ schema, name, relkind }: RelationRow): NotCompared {
  if (relkind === 'm') {
    const reason = 'derived from other tables; only whether it is populated is compared';
    return { schema, name, kind: 'materialised view', reason };
  }
  if (relkind === 'f') return { schema, name, kind: 'foreign table', reason: 'its rows lie on another server' };
  return {
    schema,
    name,
    kind: 'unlogged table',
    reason: 'unlogged: PostgreSQL empties it in a base backup and after a crash',
  };
}

async function largeObjects(client: ClientBase): Promise<NotCompared[]> {
  const { rows } = await client.query('SELECT FROM pg_catalog.pg_largeobject_metadata LIMIT 1');
  if (rows.length === 0) return [];
  const reason = 'large objects are stored outside of tables; their content is not compared';
  return [{ schema: 'pg_catalog', name: 'pg_largeobject', kind: 'large objects', reason }];
}

async function otherDatabases(client: ClientBase): Promise<NotCompared[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_catalog.pg_database
      WHERE datname <> current_database() AND NOT datistemplate AND datallowconn ORDER BY 1`,
  );
  const reason = 'another database of the same cluster: contained in the backup, not compared';
  return rows.map(({ name }) => ({ schema: '', name, kind: 'database', reason }));
}
