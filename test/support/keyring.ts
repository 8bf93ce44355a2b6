import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyring, type Keyring } from '../../src/secrets/keyring.ts';

/** Keys that nobody else has; their files are gone already. */
export async function newKeyring(): Promise<Keyring> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-keys-'));
  try {
    return await createKeyring(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}
