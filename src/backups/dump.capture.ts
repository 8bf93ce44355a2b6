import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { ConnectionSettings } from '../database/connection.ts';
import { AppError } from '../kernel/errors.ts';
import { explainServerFailure } from './capture-failure.ts';
import { runClientProgram } from './client-program.ts';
import { type ComparisonScope, comparisonScope } from './comparison-scope.ts';
import { draftRecord, POINT_FILES, type PointContent } from './point-record.ts';
import { type CapturedPoint, type FilledDraft, type PointDestination, writePoint } from './point-writer.ts';
import type { DumpTools } from './postgres-programs.ts';
import { readServerFacts } from './server-facts.ts';
import { type ExportedSnapshot, exportSnapshot } from './snapshot.ts';
import { fingerprintTables } from './table-fingerprint.ts';

/** What is dumped, and where it goes. */
export interface DumpCapture extends PointDestination {
  /** The role must be able to read every table. */
  readonly database: ConnectionSettings;
  readonly tools: DumpTools;
  /** `schema.table` of tables that are not compared after a restore. They are in the dump all the same. */
  readonly excludedTables?: readonly string[];
}

/**
 * Dumps one database in pg_dump's custom format, with the fingerprints of every table in the very snapshot of the dump, and
 * stores it as a signed recovery point.
 *
 * @throws AppError see `writePoint` and `exportSnapshot`; `client-program-failed` with pg_dump's own words.
 */
export async function captureDump(options: DumpCapture): Promise<CapturedPoint> {
  return writePoint(options, async (directory, pointName) => {
    try {
      return await fillDraft(options, directory, pointName);
    } catch (thrown) {
      throw explainServerFailure(thrown);
    }
  });
}

async function fillDraft(options: DumpCapture, directory: string, pointName: string): Promise<FilledDraft> {
  const { clock, database, tools, onProgress } = options;
  const startedAt = clock.now().toString({ smallestUnit: 'millisecond' });
  const facts = await readServerFacts(database);
  const snapshot = await dumpInSnapshot(options, join(directory, POINT_FILES.dump));
  try {
    const { compared, notCompared } = dumpScope(comparisonScope(snapshot.content, options.excludedTables ?? []));
    const tables = await fingerprintTables(snapshot.reader, compared, (done, total) =>
      onProgress?.({ step: 'fingerprints', unit: 'tables', done, total }),
    );
    const content: PointContent = {
      method: 'pg-dump',
      set: options.setName,
      name: pointName,
      startedAt,
      finishedAt: clock.now().toString({ smallestUnit: 'millisecond' }),
      takenAt: snapshot.at,
      serverVersion: facts.version,
      serverMajor: facts.major,
      database: database.database,
      encoding: facts.encoding,
      dumpVersion: tools.pgDump.version,
      // The scratch server that a dump comes back in is made for it, with this role.
      superuser: RESTORING_SUPERUSER,
      tables,
      materialisedViews: [...snapshot.content.materialisedViews],
      notCompared: [...notCompared],
    };
    return { ...draftRecord(content), files: [{ path: POINT_FILES.dump }] };
  } finally {
    await snapshot.reader.end();
  }
}

/** So long a dump waits for its turn among those who empty or change tables: a nightly load may do that for minutes. */
const PATIENCE_MS = 300_000;
/** Between two attempts, drawn by lot, and longer each time: nobody who comes regularly is met each time. */
const PAUSE_MS = { first: 500, max: 10_000 } as const;
/** What pg_dump says when a table is being dropped, emptied or changed while it starts. */
const TABLE_IN_CHANGE = /statement timeout|lock timeout|could not obtain lock|relation .* does not exist/;

/**
 * Dumps, and answers the snapshot that the dump was made in, still open. A DROP or TRUNCATE that waits for our locks would
 * hold pg_dump back for ever: its time for locks is short, and then everything is tried again, so that both get their turn.
 */
async function dumpInSnapshot(options: DumpCapture, file: string): Promise<ExportedSnapshot> {
  const endMs = options.clock.monotonicMs() + PATIENCE_MS;
  for (let attempt = 1; ; attempt += 1) {
    const snapshot = await exportSnapshot(options.database, options.signal);
    try {
      await dump(options, file, snapshot.id, await sizeOf(snapshot.reader));
      return snapshot;
    } catch (thrown) {
      await snapshot.reader.end();
      const isInChange = thrown instanceof AppError && TABLE_IN_CHANGE.test(thrown.message);
      if (!isInChange || options.clock.monotonicMs() >= endMs) throw thrown;
      options.log.debug({ reason: thrown.message, attempt }, 'dump: not now, trying again');
      await rm(file, { force: true });
      await delay(Math.random() * pauseMsMax(attempt), undefined, { signal: options.signal });
    }
  }
}

function pauseMsMax(attempt: number): number {
  return Math.min(PAUSE_MS.first * 2 ** (attempt - 1), PAUSE_MS.max);
}

const RESTORING_SUPERUSER = 'postgres';

/** A dump holds one database, and of extensions only that they are there. */
function dumpScope({ compared, notCompared }: ComparisonScope): ComparisonScope {
  const reason = 'made by an extension: a dump does not carry its rows';
  const ofExtensions = compared.filter(({ isOfExtension }) => isOfExtension);
  return {
    compared: compared.filter(({ isOfExtension }) => !isOfExtension),
    notCompared: [
      ...ofExtensions.map(({ schema, name }) => ({ schema, name, kind: 'table', reason }) as const),
      ...notCompared.filter(({ kind }) => kind !== 'database'),
    ],
  };
}

async function dump(options: DumpCapture, file: string, snapshotId: string, databaseBytes: number): Promise<void> {
  // Nobody tells how far pg_dump is; what it has written is at least a sign of life.
  const watch = setInterval(() => {
    stat(file).then(
      ({ size }) =>
        options.onProgress?.({ step: 'data', unit: 'bytes', done: size, total: Math.max(size, databaseBytes) }),
      () => {},
    );
  }, 500);
  try {
    await runClientProgram({
      path: options.tools.pgDump.path,
      args: [
        '--format=custom',
        '--no-password',
        '--lock-wait-timeout=2s',
        `--snapshot=${snapshotId}`,
        `--file=${file}`,
      ],
      database: options.database,
      signal: options.signal,
    });
  } finally {
    clearInterval(watch);
  }
}

async function sizeOf(reader: Client): Promise<number> {
  const { rows } = await reader.query<{ bytes: string }>('SELECT pg_database_size(current_database())::text AS bytes');
  return Number(rows[0]?.bytes ?? 0);
}
