import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openKeyring } from '../../src/secrets/keyring.ts';
import { MANIFEST_FILE } from '../../src/verification/directory-marks.ts';
import { parseManifest, serialiseManifest, signManifest } from '../../src/verification/manifest.ts';
import { createManifest } from '../../src/verification/manifest-create.ts';

/** Puts a wrong row count on record and signs it with the right key. */
export async function signAnotherRecord(point: string, keyDirectory: string): Promise<void> {
  const file = join(point, 'record.json');
  const record = JSON.parse(await readFile(file, 'utf8')) as { tables: { name: string; rowCount: number }[] };
  for (const table of record.tables) if (table.name === 'principal') table.rowCount += 1;
  await writeFile(file, JSON.stringify(record));
  const { manifest } = parseManifest(await readFile(join(point, MANIFEST_FILE)));
  if (!manifest) throw new Error('the point has no manifest');
  const described = await createManifest(point, [{ path: 'record.json' }], {
    createdAt: manifest.createdAt,
    attributes: {},
  });
  const files = manifest.files.map((known) => described.files.find(({ path }) => path === known.path) ?? known);
  const { signature: _, ...unsigned } = manifest;
  const { signingKey } = await openKeyring(keyDirectory);
  await writeFile(join(point, MANIFEST_FILE), serialiseManifest(signManifest({ ...unsigned, files }, signingKey)));
}
