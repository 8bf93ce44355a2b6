import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Temporal } from 'temporal-polyfill';
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
  await replaceFile(exportFile, exported);
  return true;
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    const message = `The key export ${path} cannot be written: ${messageOf(thrown)}`;
    throw new AppError('unavailable', 'export-not-written', message, { cause: thrown });
  }
}

async function opensToSameKeys(exportFile: string, identityFile: string, keyring: Keyring): Promise<boolean> {
  const exported = await readFile(exportFile, 'utf8').catch(() => undefined);
  if (exported === undefined) return false;
  try {
    const found = await openExport(exported, { identity: await readIdentity(identityFile) });
    return sameKeys(found, keyring);
  } catch {
    return false;
  }
}
