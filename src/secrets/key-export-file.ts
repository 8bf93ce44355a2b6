import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Temporal } from 'temporal-polyfill';
import { replaceFile } from '../kernel/durable-files.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { exportKeys, openExport, sameKeys } from './key-export.ts';
import type { Keyring } from './keyring.ts';
import { type RecoveryIdentity, readIdentity } from './recovery-identity.ts';

/**
 * Makes sure that a key export which the recovery identity opens lies at `exportFile`, beside the backups. An export of
 * the present keys is left alone; a missing, damaged or outdated one is replaced, whole, by a new one.
 *
 * @returns whether a new export was written.
 * @throws AppError `unavailable` `export-not-written`; those of {@link exportKeys}.
 */
export async function ensureKeyExport(options: {
  readonly keyring: Keyring;
  readonly keyDirectory: string;
  readonly recovery: RecoveryIdentity;
  readonly exportFile: string;
  readonly exportedAt: Temporal.Instant;
}): Promise<boolean> {
  const { keyring, exportFile, recovery } = options;
  if (await opensToSameKeys(exportFile, recovery.identityFile, keyring)) return false;
  const exported = await exportKeys({ ...options, exportFor: { recipients: [recovery.recipient] } });
  try {
    await mkdir(dirname(exportFile), { recursive: true, mode: 0o700 });
    await replaceFile(exportFile, exported);
  } catch (thrown) {
    const message = `The key export ${exportFile} cannot be written: ${messageOf(thrown)}`;
    throw new AppError('unavailable', 'export-not-written', message, { cause: thrown });
  }
  return true;
}

async function opensToSameKeys(exportFile: string, identityFile: string, keyring: Keyring): Promise<boolean> {
  try {
    const found = await openExport(await readFile(exportFile, 'utf8'), { identity: await readIdentity(identityFile) });
    return sameKeys(found, keyring);
  } catch {
    // Missing, damaged or not for us: in each case a new one is what is needed.
    return false;
  }
}
