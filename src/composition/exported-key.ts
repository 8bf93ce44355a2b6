import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ExportedKey } from '../drills/drill-deps.ts';
import type { Clock } from '../kernel/clock.ts';
import { replaceFile } from '../kernel/replace-file.ts';
import { exportKeys, openExport } from '../secrets/key-export.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { ensureRecoveryIdentity, readIdentity } from '../secrets/recovery-identity.ts';
import type { Directories } from './directories.ts';

/**
 * The sealed copy of the keys beside the backups, and the identity that opens it; made where it is missing, and made anew
 * when it does not open or holds another key. A drill decrypts with it what it restored.
 */
export async function ensureExportedKey(
  { keys, keyExport }: Directories,
  keyring: Keyring,
  clock: Clock,
): Promise<ExportedKey> {
  const { identityFile, recipient } = await ensureRecoveryIdentity(keys);
  if (!(await holdsKeyring(keyExport, identityFile, keyring))) {
    const exportFor = { recipients: [recipient] };
    const text = await exportKeys({ keyring, keyDirectory: keys, exportFor, exportedAt: clock.now() });
    await mkdir(dirname(keyExport), { recursive: true, mode: 0o700 });
    await replaceFile(keyExport, text);
  }
  return { exportFile: keyExport, identityFile };
}

async function holdsKeyring(file: string, identityFile: string, keyring: Keyring): Promise<boolean> {
  try {
    const found = await openExport(await readFile(file, 'utf8'), { identity: await readIdentity(identityFile) });
    return found.masterKeyId === keyring.masterKeyId && found.signingKeyId === keyring.signingKeyId;
  } catch {
    return false;
  }
}
