import type { Caller } from '../../auth/caller.ts';
import { backupSetByName } from '../../backups/backup-set.queries.ts';
import { updateCapturedSet } from '../../backups/capture/captured-set.service.ts';
import { ensureRepository } from '../../backups/catalogue.store.ts';
import { initialiseRepository } from '../../backups/repository.identity.ts';
import { repositoryById } from '../../backups/repository.queries.ts';
import { DEFAULT_TAG } from '../../scheduling/queue-name.ts';
import type { Dependencies } from '../dependencies.ts';
import { sampleSourceOf } from './register-samples.ts';
import { SAMPLE_KINDS, SAMPLE_REPOSITORY, SAMPLE_SETS } from './sample-names.ts';
import type { SamplePlaces } from './sample-places.ts';
import { ensureSampleSources } from './sample-sources.ts';

/** A data directory may be moved: the sources and the repository in it are then elsewhere, and are entered anew. */
export async function followSamples(
  { runtime, queue }: Dependencies,
  caller: Caller,
  { sources: directory, repository: root }: SamplePlaces,
): Promise<void> {
  const { db, keyring } = runtime;
  const sources = await ensureSampleSources(directory);
  const identity = await initialiseRepository(root);
  await db.transaction(async (tx) => {
    for (const kind of SAMPLE_KINDS) {
      const set = await backupSetByName(tx, SAMPLE_SETS[kind]);
      if (set?.capture === undefined || set.retired !== undefined) continue;
      const repository = await repositoryById(tx, set.repositoryId);
      if (repository.identity !== identity || repository.root === root) continue;
      const target = { id: set.id, expectedVersion: set.version };
      await updateCapturedSet(tx, caller, { queue, keyring }, target, { source: sampleSourceOf(kind, sources) });
    }
    await ensureRepository(tx, { name: SAMPLE_REPOSITORY, root, identity, workerTag: DEFAULT_TAG });
  });
}
