import { type KeyObject, randomInt } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Logger } from '../kernel/log.ts';
import { MANIFEST_FILE } from '../verification/directory-marks.ts';
import type { Finding } from '../verification/finding.ts';
import { type CheckOptions, type CheckResult, verifyRecoveryPoint } from '../verification/recovery-point.ts';
import type { SelfTest } from './backup-catalogue.ts';
import { openStoredPoint } from './stored-point.ts';
import { openWorkDirectory, reapWorkDirectories } from './work-directory.ts';

/** Larger files are left aside: their copy would cost more than the test is worth. Every point has small ones. */
const COPY_BYTES_MAX = 1_073_741_824;

export interface SelfTestOptions {
  /** A point that a check has just found sound. It is only read. */
  readonly pointDirectory: string;
  /** The copy is made below this directory, and removed. */
  readonly sandboxRoot: string;
  readonly publicKeys: readonly KeyObject[];
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
  /** The check that is to prove itself; the engine's own unless stated. */
  readonly verify?: (directory: string, options: CheckOptions) => Promise<Pick<CheckResult, 'findings'>>;
}

/**
 * Proves that the check would have seen damage: copies a file of the point with its manifest, changes one byte at a random
 * place of the copy, and checks the copy in the same way.
 *
 * @throws AppError `internal` `self-test-blind` when the changed byte was not found where it is: then no verdict of this
 * installation can be trusted.
 */
export async function testDetection(options: SelfTestOptions): Promise<SelfTest> {
  await mkdir(options.sandboxRoot, { recursive: true, mode: 0o700 });
  await reapWorkDirectories(options.sandboxRoot, options.log);
  await using sandbox = await openWorkDirectory(options.sandboxRoot, `self-test-${newId()}`);
  const { manifest } = await openStoredPoint(options.pointDirectory, options.publicKeys);
  const [largest] = manifest.files
    .filter(({ sizeBytes }) => sizeBytes <= COPY_BYTES_MAX)
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  if (largest === undefined) throw blind(options.pointDirectory, 'it has no file that is small enough to be copied');
  for (const name of [MANIFEST_FILE, largest.path]) {
    await copyFile(join(options.pointDirectory, name), join(sandbox.path, name), constants.COPYFILE_FICLONE);
  }
  const offset = randomInt(largest.sizeBytes);
  await flipByte(join(sandbox.path, largest.path), offset);
  const { findings } = await (options.verify ?? verifyRecoveryPoint)(sandbox.path, {
    publicKeys: options.publicKeys,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const finding = findings.find(({ file }) => file === largest.path);
  if (finding === undefined) throw blind(largest.path, `a changed byte at offset ${offset} was not found`);
  if (!holds(finding, offset)) {
    throw blind(largest.path, `a changed byte at offset ${offset} was found elsewhere: ${finding.message}`);
  }
  const summary = `one byte changed in a copy: found in ${largest.path} at offset ${offset}`;
  return { file: largest.path, offset, finding, summary };
}

function holds({ offset, endOffset }: Finding, wanted: number): boolean {
  return offset !== undefined && endOffset !== undefined && offset <= wanted && wanted < endOffset;
}

async function flipByte(path: string, offset: number): Promise<void> {
  await using file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, offset);
  // Any value but zero changes the byte.
  byte.writeUInt8(byte.readUInt8(0) ^ randomInt(1, 256));
  await file.write(byte, 0, 1, offset);
}

function blind(where: string, why: string): AppError {
  return new AppError(
    'internal',
    'self-test-blind',
    `The check of backups does not see damage (${where}: ${why}). Trust no verdict until this is explained.`,
  );
}
