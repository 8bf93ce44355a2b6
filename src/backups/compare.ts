import type { Client } from 'pg';
import type { ConnectionSettings } from '../database/connection.ts';
import { type MaterialisedView, readDatabaseContent } from './database-catalogue.ts';
import { openSession } from './database-session.ts';
import type { PointRecord } from './point-record.ts';
import { byName, displayNameOf, fingerprintTable, pinTextForms, type TableFingerprint } from './table-fingerprint.ts';

/** How one table came back. */
export interface ComparedTable {
  readonly schema: string;
  readonly name: string;
  /** `unexpected`: it is there, and was not when the backup was taken. */
  readonly result: 'equal' | 'different' | 'missing' | 'unexpected';
  readonly expected?: { readonly rowCount: number; readonly fingerprint: string };
  readonly actual?: { readonly rowCount: number; readonly fingerprint: string };
}

/** What a restored database has in common with the record of its backup. */
export interface Comparison {
  readonly tables: readonly ComparedTable[];
  readonly equalCount: number;
  /** Every table that had to be compared. None at all is a failure, not a success. */
  readonly comparedCount: number;
  readonly rowCount: number;
  readonly notCompared: PointRecord['notCompared'];
  /** One sentence for everything that is not as it was. */
  readonly differences: readonly string[];
  /** True only when at least one table was compared, and there is no difference. */
  readonly equal: boolean;
}

/** Compares every table of a restored database with what the record says it held at the moment of the backup. */
export async function compareTables(
  record: PointRecord,
  connection: ConnectionSettings,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (done: number, total: number) => void } = {},
): Promise<Comparison> {
  const client = await openSession(connection, 'muster comparison', options.signal);
  try {
    await pinTextForms(client);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await compareAll(record, client, options.onProgress);
  } catch (thrown) {
    options.signal?.throwIfAborted();
    throw thrown;
  } finally {
    await client.end();
  }
}

async function compareAll(
  record: PointRecord,
  client: Client,
  onProgress: ((done: number, total: number) => void) | undefined,
): Promise<Comparison> {
  const content = await readDatabaseContent(client);
  const present = new Set(content.leafTables.map(displayNameOf));
  const tables: ComparedTable[] = [];
  for (const expected of record.tables) {
    tables.push(await compareTable(client, expected, present.has(displayNameOf(expected))));
    onProgress?.(tables.length, record.tables.length);
  }
  const known = new Set([...record.tables, ...record.notCompared].map(displayNameOf));
  for (const { schema, name } of content.leafTables) {
    if (!known.has(displayNameOf({ schema, name }))) tables.push({ schema, name, result: 'unexpected' });
  }
  const differences = [
    ...tables.filter(({ result }) => result !== 'equal').map(sentenceOf),
    ...viewDifferences(record, content.materialisedViews),
    ...(record.tables.length === 0 ? ['no table was compared'] : []),
  ];
  return {
    tables: tables.sort(byName),
    equalCount: tables.filter(({ result }) => result === 'equal').length,
    comparedCount: tables.length,
    rowCount: tables.reduce((sum, { actual }) => sum + (actual?.rowCount ?? 0), 0),
    notCompared: record.notCompared,
    differences,
    equal: differences.length === 0,
  };
}

async function compareTable(client: Client, recorded: TableFingerprint, isPresent: boolean): Promise<ComparedTable> {
  const { schema, name, rowCount, fingerprint } = recorded;
  const expected = { rowCount, fingerprint };
  if (!isPresent) return { schema, name, result: 'missing', expected };
  const found = await fingerprintTable(client, { schema, name });
  const actual = { rowCount: found.rowCount, fingerprint: found.fingerprint };
  const same = actual.rowCount === expected.rowCount && actual.fingerprint === expected.fingerprint;
  return { schema, name, result: same ? 'equal' : 'different', expected, actual };
}

function sentenceOf(table: ComparedTable): string {
  const name = displayNameOf(table);
  if (table.result === 'missing') return `${name} is missing`;
  if (table.result === 'unexpected') return `${name} was not there when the backup was taken`;
  const [expected, actual] = [table.expected?.rowCount, table.actual?.rowCount];
  if (expected === actual) return `${name} has the ${expected} rows on record, but not the same content`;
  return `${name} has ${actual} rows, on record are ${expected}`;
}

function viewDifferences(record: PointRecord, views: readonly MaterialisedView[]): string[] {
  const populated = new Map(views.map((view) => [displayNameOf(view), view.populated]));
  return record.materialisedViews.flatMap((view) => {
    const name = displayNameOf(view);
    if (!populated.has(name)) return [`the materialised view ${name} is missing`];
    return view.populated && !populated.get(name) ? [`the materialised view ${name} came back without content`] : [];
  });
}
