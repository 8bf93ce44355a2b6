import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';

/** The files of a recovery point made by a base backup. Beside them lies the signed `manifest.json`. */
export const POINT_FILES = {
  archive: 'base.tar.zst',
  backupManifest: 'backup_manifest',
  wal: 'wal.tar.zst',
  /** Instead of archive, backup manifest and log: a dump in pg_dump's custom format. */
  dump: 'database.dump',
  record: 'record.json',
} as const;

const RECORD_FORMAT = 'muster-recovery-point/1';
const RECORD_BYTES_MAX = 67_108_864;

const lsn = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/);
const tableName = { schema: z.string(), name: z.string() };

const recordCommon = {
  format: z.literal(RECORD_FORMAT),
  set: z.string(),
  /** The point's own name: its directory's. */
  name: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** The instant the data is from, by the server's clock. */
  takenAt: z.iso.datetime(),
  /** As the server prints it: `18.4`. */
  serverVersion: z.string(),
  serverMajor: z.int(),
  database: z.string(),
  /** The role that initdb made; the restored server is started and asked under it. */
  superuser: z.string(),
  /** What every compared table held at `takenAt`. */
  tables: z.array(z.strictObject({ ...tableName, rowCount: z.int().min(0), fingerprint: z.string() })),
  materialisedViews: z.array(z.strictObject({ ...tableName, populated: z.boolean() })),
  notCompared: z.array(z.strictObject({ ...tableName, kind: z.string(), reason: z.string() })),
};

const baseBackupRecord = z.strictObject({
  ...recordCommon,
  method: z.literal('base-backup'),
  systemIdentifier: z.string(),
  timeline: z.int().min(1),
  walSegmentBytes: z.int(),
  recoveryTarget: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('name'), name: z.string() }),
    z.strictObject({ kind: z.literal('lsn'), lsn }),
  ]),
  /** Recovery begins at `startLsn`; the data is consistent from `endLsn` on; the log reaches at least `walEndLsn`. */
  startLsn: lsn,
  endLsn: lsn,
  walEndLsn: lsn,
  walFiles: z.array(z.string()),
});

const dumpRecord = z.strictObject({
  ...recordCommon,
  method: z.literal('pg-dump'),
  /** As pg_dump prints it: `15.18`. */
  dumpVersion: z.string(),
  /** Of the database, as the server names it: `UTF8`. Fingerprints depend on it. */
  encoding: z.string(),
});

const recordSchema = z.discriminatedUnion('method', [baseBackupRecord, dumpRecord]);

/** What a recovery point says of itself (`record.json`, covered by the signed manifest). */
export type PointRecord = Readonly<z.infer<typeof recordSchema>>;
export type BaseBackupRecord = Extract<PointRecord, { method: 'base-backup' }>;
export type DumpRecord = Extract<PointRecord, { method: 'pg-dump' }>;

/** What a capture knows; the format's name is added when it is written. */
export type PointContent = Omit<BaseBackupRecord, 'format'> | Omit<DumpRecord, 'format'>;

/** The record, the text of `record.json`, and what the manifest says of the point. */
export function draftRecord(content: PointContent) {
  const record: PointRecord = recordSchema.parse({ format: RECORD_FORMAT, ...content });
  const { set, name, method, takenAt, database } = record;
  return {
    record,
    recordText: `${JSON.stringify(record, null, 2)}\n`,
    attributes: { set, point: name, method, takenAt, database },
  };
}

/**
 * Reads `record.json` of a recovery point. The record alone proves nothing: check the signed manifest first.
 * @throws AppError `unprocessable` `point-record-unreadable` when it is not there or breaks its format.
 */
export async function readPointRecord(pointDirectory: string): Promise<PointRecord> {
  const path = join(pointDirectory, POINT_FILES.record);
  const complain = (why: string, cause?: unknown) =>
    new AppError('unprocessable', 'point-record-unreadable', `${path} ${why}`, { cause });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw complain('cannot be read: this directory is no recovery point of Muster, or it is damaged', cause);
  }
  if (text.length > RECORD_BYTES_MAX) throw complain('is larger than any record');
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    const what = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    throw complain(`breaks its format${what ? ` at ${what.path.join('/')}: ${what.message}` : ''}`, cause);
  }
}
