import type { Caller } from '../../auth/caller.ts';
import { systemCaller } from '../../auth/system-caller.ts';
import { TAKE_JOB } from '../../backups/backup-job-name.ts';
import { backupSetByName, hasPoints } from '../../backups/backup-set.queries.ts';
import { initialiseRepository, readIdentity } from '../../backups/repository.identity.ts';
import { messageOf } from '../../kernel/errors.ts';
import { makeDirectory } from '../../kernel/make-directory.ts';
import { serviceByName } from '../../services/service.queries.ts';
import { carryOut } from '../carry-out.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Runtime } from '../runtime.ts';
import { makeDamagedCopy } from './damaged-copy.ts';
import { followSamples } from './follow-samples.ts';
import { registerSamples } from './register-samples.ts';
import { isUntouched } from './sample.queries.ts';
import { DAMAGED_SET, SAMPLE_DRILLS, SAMPLE_KINDS, SAMPLE_SERVICES, SAMPLE_SETS } from './sample-names.ts';
import { type SamplePlaces, samplePlacesIn } from './sample-places.ts';
import { ensureSampleSources } from './sample-sources.ts';

interface SampleMaking {
  readonly dependencies: Dependencies;
  /** Aborted when the process is asked to stop: the next start goes on where this one ended. */
  readonly signal: AbortSignal;
  readonly onDone: (line: string) => void;
  readonly onFailure: (line: string) => void;
}

/**
 * Makes what the shipped drills work on: generated data, backups that Muster takes of it, and the services that they belong to.
 * In a new installation with the embedded server, or where the configuration asks for it; never again once they were removed.
 * The service is up meanwhile, and stays up whatever fails here.
 */
export async function makeSamples({ dependencies, signal, onDone, onFailure }: SampleMaking): Promise<void> {
  const { runtime } = dependencies;
  const places = samplePlacesIn(runtime.directories.data);
  try {
    const found = await howItStands(runtime, places);
    if (found === 'not wanted') return;
    const caller = systemCaller('muster');
    if (found === 'wanted') await register(dependencies, caller, places);
    else await followSamples(dependencies, caller, places);
    if (found === 'complete') return;
    await takeBackups(dependencies, caller, places, signal);
    onDone(`  Samples     drills to try with npx muster drill run: ${SAMPLE_DRILLS.join(', ')}`);
  } catch (thrown) {
    if (signal.aborted) return;
    runtime.log.error({ err: thrown }, 'the samples could not be made');
    onFailure(`The sample data of the shipped drills is not there: ${messageOf(thrown)}`);
  }
}

/** `begun`: an earlier start was stopped before it had made all of them. */
async function howItStands(
  { db, config }: Runtime,
  { repository }: SamplePlaces,
): Promise<'wanted' | 'begun' | 'complete' | 'not wanted'> {
  if (config.samples === 'off') return 'not wanted';
  const known = await serviceByName(db, SAMPLE_SERVICES.files);
  if (known === undefined) {
    const isAsked = config.samples === 'on' || (config.database === undefined && (await isUntouched(db)));
    return isAsked ? 'wanted' : 'not wanted';
  }
  // Taken away, or made by a replica in a directory of its own.
  if (known.retired !== null || (await readIdentity(repository)) === undefined) return 'not wanted';
  // The last that is made.
  return (await backupSetByName(db, DAMAGED_SET)) === undefined ? 'begun' : 'complete';
}

async function register({ runtime, queue }: Dependencies, caller: Caller, places: SamplePlaces): Promise<void> {
  const { db, keyring } = runtime;
  await makeDirectory(places.repository);
  const sources = await ensureSampleSources(places.sources);
  const repository = { root: places.repository, identity: await initialiseRepository(places.repository) };
  await db.transaction((tx) => registerSamples(tx, caller, { queue, keyring, sources, repository }));
}

/** One backup of each, one after the other, and a damaged copy of one of them. */
async function takeBackups(
  dependencies: Dependencies,
  caller: Caller,
  places: SamplePlaces,
  signal: AbortSignal,
): Promise<void> {
  const { db } = dependencies.runtime;
  for (const kind of SAMPLE_KINDS) {
    const set = await backupSetByName(db, SAMPLE_SETS[kind]);
    if (set === undefined || (await hasPoints(db, set.id))) continue;
    await carryOut(dependencies, { name: TAKE_JOB, payload: { setId: set.id }, singletonKey: set.id }, signal);
  }
  await makeDamagedCopy(dependencies, caller, places.repository);
}
