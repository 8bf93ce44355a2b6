import { copyFile, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import type { Caller } from '../../auth/caller.ts';
import type { BackupSet } from '../../backups/backup-catalogue.ts';
import { backupSetById, backupSetByName } from '../../backups/backup-set.queries.ts';
import { newestSoundPoint } from '../../backups/catalogue.queries.ts';
import { newExternalSetSchema } from '../../backups/external/external-set.ts';
import { registerBackup } from '../../backups/external/report.service.ts';
import { createExternalSet, retireBackupSet } from '../../backups/external/set.service.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { makeDirectory } from '../../kernel/make-directory.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { DAMAGED_SET, SAMPLE_SETS } from './sample-names.ts';

/**
 * Copies the backup of the file tree beside it, changes one byte in the middle, and enters the copy as another tool's backup.
 * Does nothing where there is one.
 */
export async function makeDamagedCopy(
  { runtime: { db }, queue }: Dependencies,
  caller: Caller,
  repository: string,
): Promise<void> {
  const known = await backupSetByName(db, DAMAGED_SET);
  const whole = await backupSetByName(db, SAMPLE_SETS.files);
  if (whole === undefined || known !== undefined) return;
  const point = await newestSoundPoint(db, whole.id);
  if (point === undefined) {
    const message = `There is no sound backup of ${whole.name} to make a damaged copy of`;
    throw new AppError('unavailable', 'no-sample-backup', message);
  }
  const takenAt = Temporal.Now.instant().round('second');
  const name = `damaged/files-${takenAt.toString().replaceAll(/[-:]/g, '')}.tar.zst`;
  const path = join(repository, name);
  await makeDirectory(dirname(path));
  await copyFile(join(repository, point.name, 'tree.tar.zst'), path);
  await changeOneByte(path);
  await db.transaction((tx) => enterDamaged(tx, caller, queue, { whole, name, takenAt }));
}

async function changeOneByte(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  const middle = Math.floor((await file.stat()).size / 2);
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, middle);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, middle);
}

interface DamagedCopy {
  readonly whole: BackupSet;
  /** Path from the root of the repository. */
  readonly name: string;
  readonly takenAt: Temporal.Instant;
}

/** In a set that is retired at once: no list, check or figure of the real backups counts what is damaged on purpose. */
async function enterDamaged(
  tx: Tx,
  caller: Caller,
  queue: JobQueue,
  { whole, name, takenAt }: DamagedCopy,
): Promise<void> {
  const wanted = newExternalSetSchema.parse({
    ...{ name: DAMAGED_SET, repositoryId: whole.repositoryId, ownerId: whole.external?.owner.id, zone: 'UTC' },
    ...{ pattern: 'damaged/files-%Y%m%dT%H%M%SZ.tar.zst', expectedFormat: 'tar.zst', rpoSeconds: 86_400 },
    description: 'Sample data: a backup with one changed byte, for the drill damaged-backup.',
  });
  const { id } = await createExternalSet(tx, caller, wanted);
  await registerBackup(tx, caller, id, { name, takenAt: takenAt.toString() });
  const { version } = await backupSetById(tx, id);
  await retireBackupSet(
    tx,
    caller,
    queue,
    { id, expectedVersion: version },
    'Damaged on purpose, for the drill damaged-backup',
  );
}
