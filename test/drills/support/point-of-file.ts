import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupSet } from '../../../src/backups/backup-catalogue.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import type { VerificationWorld } from '../../backups/external/support/verification-world.ts';

/** A set of one point, which is one file with these bytes. */
export async function pointOfFile(
  world: VerificationWorld,
  name: string,
  bytes: Buffer,
  columns: Record<string, unknown> = {},
): Promise<BackupSet> {
  const set = await world.newSet(await world.newRepository(), columns);
  const { root } = await repositoryById(world.database.db, set.repositoryId);
  writeFileSync(join(root, name), bytes);
  if (columns.digest_source === 'manifest') {
    writeFileSync(join(root, `${name}.sha256`), `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`);
  }
  await world.register(set, name);
  return set;
}
