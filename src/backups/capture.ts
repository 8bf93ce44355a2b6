import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectionSettings } from '../database/connection.ts';
import { type BaseBackup, receiveBaseBackup, tablespacesNotSupported } from './base-backup.ts';
import { packBundle } from './bundle.ts';
import { explainServerFailure } from './capture-failure.ts';
import { type ComparisonScope, comparisonScope } from './comparison-scope.ts';
import { FileSink } from './file-sink.ts';
import { formatLsn } from './log-position.ts';
import { draftRecord, POINT_FILES, type PointContent } from './point-record.ts';
import { type CapturedPoint, type FilledDraft, type PointDestination, writePoint } from './point-writer.ts';
import { ReplicationConnection, type SystemIdentity } from './replication.connection.ts';
import { createRestorePoint, type RestorePoint } from './restore-point.ts';
import { readServerFacts, type ServerFacts } from './server-facts.ts';
import { fingerprintTables, type TableFingerprint } from './table-fingerprint.ts';
import { type ReceivedWal, receiveWal, reserveWal } from './wal-stream.ts';

/** What is captured, and where it goes. */
export interface BaseBackupCapture extends PointDestination {
  /** The database whose tables are fingerprinted; the backup holds its whole cluster. The role owns its tables and has REPLICATION. */
  readonly database: ConnectionSettings;
  /** `schema.table` of tables that are not compared after a restore. They are in the backup all the same. */
  readonly excludedTables?: readonly string[];
  /** The server sends no faster; undefined: as fast as it goes. */
  readonly bytesPerSecondMax?: number | undefined;
}

/**
 * Takes a base backup of a running cluster, with the write-ahead log up to a marked moment and the fingerprints of every
 * table at that moment, and stores it as a signed recovery point. Needs no file of the server, no row of the catalogue, and
 * stops writers for some milliseconds only.
 *
 * @throws AppError see `writePoint`, `createRestorePoint`, `receiveBaseBackup`; `forbidden` without REPLICATION;
 * `exclusion-refused` when audit, movements or evidence would be excluded.
 */
export async function captureBaseBackup(options: BaseBackupCapture): Promise<CapturedPoint> {
  return writePoint(options, async (directory, pointName) => {
    try {
      return await fillDraft(options, directory, pointName);
    } catch (thrown) {
      throw explainServerFailure(thrown);
    }
  });
}

async function fillDraft(options: BaseBackupCapture, directory: string, pointName: string): Promise<FilledDraft> {
  const startedAt = options.clock.now().toString({ smallestUnit: 'millisecond' });
  const facts = await readServerFacts(options.database);
  if (facts.tablespaces.length > 0) throw tablespacesNotSupported(facts.tablespaces.join(', '));
  const connection = await ReplicationConnection.open(options.database, options.signal);
  try {
    const system = await connection.identifySystem();
    const slot = slotName(pointName);
    // From here on the server keeps its log for us, so none can be lost between the backup and the end of the stream.
    await reserveWal(connection, slot);
    const backup = await storeBaseBackup(options, connection, directory, pointName);
    const point = await createRestorePoint({ ...options, name: `muster-${pointName}` });
    try {
      const scope = comparisonScope(point.content, options.excludedTables ?? []);
      const wal = await storeWal({ options, connection, directory, slot, facts, backup, point });
      await connection.close();
      const tables = await fingerprintTables(point.reader, scope.compared, (done, total) =>
        options.onProgress?.({ step: 'fingerprints', unit: 'tables', done, total }),
      );
      const content = describe({ options, pointName, startedAt, facts, system, backup, point, scope, wal, tables });
      return { ...draftRecord(content), ...POINT_LAYOUT, requiredWal: [requiredWal(backup, point)] };
    } finally {
      await point.reader.end();
    }
  } finally {
    await connection.close();
  }
}

const POINT_LAYOUT = {
  files: [
    { path: POINT_FILES.archive },
    { path: POINT_FILES.backupManifest },
    { path: POINT_FILES.wal, entries: true },
  ],
};

/** Slots allow lower-case letters, digits and underscores only. */
const slotName = (pointName: string) => `muster_${pointName.toLowerCase().replaceAll(/[^a-z0-9]/g, '_')}`;

async function storeBaseBackup(
  options: BaseBackupCapture,
  connection: ReplicationConnection,
  directory: string,
  pointName: string,
): Promise<BaseBackup> {
  await using archive = new FileSink(join(directory, POINT_FILES.archive), { packing: 'zstd' });
  await using manifest = new FileSink(join(directory, POINT_FILES.backupManifest), { packing: 'none' });
  const backup = await receiveBaseBackup(connection, {
    label: `muster ${pointName}`,
    bytesPerSecondMax: options.bytesPerSecondMax,
    archive,
    manifest,
    onProgress: (done, total) => options.onProgress?.({ step: 'data', unit: 'bytes', done, total }),
  });
  await archive.finish();
  await manifest.finish();
  return backup;
}

interface WalStep {
  readonly options: BaseBackupCapture;
  readonly connection: ReplicationConnection;
  readonly directory: string;
  readonly slot: string;
  readonly facts: ServerFacts;
  readonly backup: BaseBackup;
  readonly point: RestorePoint;
}

async function storeWal({ options, connection, directory, slot, facts, backup, point }: WalStep): Promise<ReceivedWal> {
  const segments = join(directory, 'wal');
  await mkdir(segments, { mode: 0o700 });
  const wal = await receiveWal(connection, {
    slot,
    timeline: backup.timeline,
    startLsn: backup.startLsn,
    untilLsn: point.walEndLsn,
    segmentBytes: facts.walSegmentBytes,
    directory: segments,
    onProgress: (done, total) => options.onProgress?.({ step: 'log', unit: 'bytes', done, total }),
  });
  await packBundle(segments, wal.files, join(directory, POINT_FILES.wal), options.signal);
  await rm(segments, { recursive: true });
  return wal;
}

interface CaptureFacts {
  readonly options: BaseBackupCapture;
  readonly pointName: string;
  readonly startedAt: string;
  readonly facts: ServerFacts;
  readonly system: SystemIdentity;
  readonly backup: BaseBackup;
  readonly point: RestorePoint;
  readonly scope: ComparisonScope;
  readonly wal: ReceivedWal;
  readonly tables: readonly TableFingerprint[];
}

function describe(all: CaptureFacts): PointContent {
  const { options, facts, system, backup, point, scope, wal } = all;
  return {
    method: 'base-backup',
    set: options.setName,
    name: all.pointName,
    startedAt: all.startedAt,
    finishedAt: options.clock.now().toString({ smallestUnit: 'millisecond' }),
    takenAt: point.at,
    serverVersion: facts.version,
    serverMajor: facts.major,
    database: options.database.database,
    superuser: facts.superuser,
    systemIdentifier: system.systemIdentifier,
    timeline: backup.timeline,
    walSegmentBytes: facts.walSegmentBytes,
    recoveryTarget: point.target,
    startLsn: formatLsn(backup.startLsn),
    endLsn: formatLsn(backup.endLsn),
    walEndLsn: formatLsn(point.walEndLsn),
    walFiles: [...wal.files],
    tables: [...all.tables],
    materialisedViews: [...point.content.materialisedViews],
    notCompared: [...scope.notCompared],
  };
}

function requiredWal({ timeline, startLsn }: BaseBackup, { walEndLsn }: RestorePoint) {
  return { timeline, startLsn: formatLsn(startLsn), endLsn: formatLsn(walEndLsn) };
}
