import type { ExportedKey } from '../drills/drill-deps.ts';
import type { Clock } from '../kernel/clock.ts';
import { ensureKeyExport } from '../secrets/key-export-file.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { ensureRecoveryIdentity } from '../secrets/recovery-identity.ts';
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
  const recovery = await ensureRecoveryIdentity(keys);
  const exportedAt = clock.now();
  await ensureKeyExport({ keyring, keyDirectory: keys, recovery, exportFile: keyExport, exportedAt });
  return { exportFile: keyExport, identityFile: recovery.identityFile };
}
