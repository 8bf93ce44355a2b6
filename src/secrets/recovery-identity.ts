import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { AppError, messageOf } from '../kernel/errors.ts';
import { type CanaryRow, openCanary } from './canary.ts';
import { openExport } from './key-export.ts';
import { createKeyFile, keyDamaged, readKeyFile } from './key-file.ts';

const FILE_NAME = 'recovery-identity.txt';

/** The age identity that opens the key exports beside the backups. */
export interface RecoveryIdentity {
  readonly identityFile: string;
  /** The public half: exports are sealed to it. */
  readonly recipient: string;
}

/**
 * The recovery identity of a directory, made on the first call (a file as `age-keygen` writes it, mode 0600).
 *
 * What it protects: backups and the key export that lies beside them. Whoever steals both, without this identity, opens
 * no secret. What it does not protect: this machine. It lies here so that the unattended drill can prove that the export
 * opens; whoever reads this directory reads the keys themselves too. And it does not survive the loss of this machine:
 * keep a copy elsewhere, or an export with a passphrase, or the backups come back with secrets that nobody can open.
 *
 * @throws AppError as {@link readKeyFile}; `key-damaged` when the file holds no identity.
 */
export async function ensureRecoveryIdentity(directory: string): Promise<RecoveryIdentity> {
  const identityFile = join(directory, FILE_NAME);
  const fresh = await generateX25519Identity();
  const header = '# Muster recovery identity: opens the key export beside the backups. Keep a copy on another machine.';
  const text = `${header}\n# public key: ${await identityToRecipient(fresh)}\n${fresh}\n`;
  await createKeyFile(identityFile, text);
  return { identityFile, recipient: await identityToRecipient(await readIdentity(identityFile)) };
}

/**
 * The recovery identity of a directory; undefined when none was made yet.
 *
 * @throws AppError as {@link readKeyFile}; `key-damaged` when the file holds no identity.
 */
export async function findRecoveryIdentity(directory: string): Promise<RecoveryIdentity | undefined> {
  const identityFile = join(directory, FILE_NAME);
  if (!existsSync(identityFile)) return undefined;
  return { identityFile, recipient: await identityToRecipient(await readIdentity(identityFile)) };
}

/**
 * Proves a recovery: opens the exported key file with the recovery identity, and with the key inside it the canary of a
 * restored database. The installation's own key files are not touched.
 *
 * @throws AppError naming what did not open: those of {@link openExport} and {@link openCanary}, `export-missing`.
 */
export async function openExportedCanary(options: {
  readonly exportFile: string;
  readonly identityFile: string;
  readonly canaryRow: CanaryRow;
}): Promise<{ readonly masterKeyId: string }> {
  const exported = await readFile(options.exportFile, 'utf8').catch((thrown: unknown) => {
    const message = `The key export ${options.exportFile} cannot be read: ${messageOf(thrown)}`;
    throw new AppError('unavailable', 'export-missing', message, { cause: thrown });
  });
  const keyring = await openExport(exported, { identity: await readIdentity(options.identityFile) });
  openCanary(keyring, options.canaryRow);
  return { masterKeyId: keyring.masterKeyId };
}

/** The identity in a file as `age-keygen` writes it. */
export async function readIdentity(identityFile: string): Promise<string> {
  const lines = (await readKeyFile(identityFile)).split('\n').map((line) => line.trim());
  const identities = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const identity = identities[0];
  if (identities.length !== 1 || !identity?.startsWith('AGE-SECRET-KEY-')) {
    throw keyDamaged(identityFile, 'does not hold one age identity');
  }
  return identity;
}

/**
 * Puts a copy of an identity into the key directory of a restored installation, so that the exports to come are made for
 * it. @throws AppError as {@link readIdentity}; `key-not-written`.
 */
export async function adoptIdentity(identityFile: string, directory: string): Promise<void> {
  await readIdentity(identityFile);
  await createKeyFile(join(directory, FILE_NAME), await readKeyFile(identityFile));
}
