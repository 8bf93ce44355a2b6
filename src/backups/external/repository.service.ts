import { isDeepStrictEqual } from 'node:util';
import { recordAudit } from '../../audit/audit.store.ts';
import { type Origin, originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import type { Tx } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import type { Repository } from '../backup-catalogue.ts';
import { CONNECT_JOB } from '../backup-job-name.ts';
import { watchedSets } from '../backup-set.queries.ts';
import { scheduleCaptures } from '../capture/capture-schedule.ts';
import { recordCredentials, sealCredentials } from '../remote/credentials.store.ts';
import { requireFittingChange } from '../remote/remote-change.ts';
import { addressOf, type RemoteCredentials, type RemotePlace } from '../remote/remote-place.ts';
import { repositoryById, setsInUseOf } from '../repository.queries.ts';
import {
  holdRepositoryLocation,
  insertRepository,
  lockRepository,
  type RepositoryWhere,
  requireInUse,
  retireRepositoryRow,
  updateRepositoryRow,
} from './repository.store.ts';
import type { ConnectionOrder, NewRepository, RepositoryChange } from './repository.ts';

/** What is to change, and the version of it that the caller has read. */
export interface BackupTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/** What changes of repositories need besides the transaction. */
export interface RepositoryDeps {
  readonly queue: JobQueue;
  /** Seals what is needed to log in to other machines. */
  readonly keyring: Keyring;
}

/**
 * Enters a repository, and has a worker of its tag test it: until then it is unavailable.
 * @throws AppError `conflict` `repository-name-taken`; `unprocessable` `unsuitable-location`.
 */
export async function createRepository(
  tx: Tx,
  caller: Caller,
  { queue, keyring }: RepositoryDeps,
  wanted: NewRepository,
): Promise<Repository> {
  const { root, place, credentials, ...stated } = wanted;
  if (wanted.locationId !== null) await holdRepositoryLocation(tx, wanted.locationId);
  const id = newId();
  const sealedCredentials = credentials && sealCredentials(keyring, id, credentials);
  await insertRepository(tx, id, { ...stated, ...whereOf(root, place), sealedCredentials });
  const details = withoutCredentials(wanted);
  await recordAudit(tx, { ...originOf(caller), action: 'repository.create', ...subject(id), details });
  const repository = await repositoryById(tx, id);
  await enqueueTest(tx, queue, repository, false);
  return repository;
}

/**
 * Changes a repository. Another root or place, other credentials or another tag is tested before it counts as there, and must
 * hold the same directory as before; read-only and writable ones are told from others in different ways, so a change of that
 * takes the directory as it is found then.
 * @throws AppError `invalid` as `requireFittingChange`; `not-found`, `stale`; `conflict` `repository-retired`,
 *   `repository-name-taken`, `system-repository`, `repository-in-use` while Muster takes backups into one that is not to be
 *   written to any more; `unprocessable` `unsuitable-location`.
 */
export async function updateRepository(
  tx: Tx,
  caller: Caller,
  { queue, keyring }: RepositoryDeps,
  target: BackupTarget,
  change: RepositoryChange,
): Promise<Repository> {
  const before = await lockRepository(tx, target.id, target.expectedVersion);
  const { locationId, credentials } = change;
  requireFittingChange(before.place, change);
  if (locationId) await holdRepositoryLocation(tx, locationId);
  const state = stateAfter(before, change);
  const isTakenAnew = state.writable !== before.writable;
  const isMoved = state.root !== before.root || state.workerTag !== before.workerTag;
  const isElsewhere =
    isTakenAnew || isMoved || credentials !== undefined || !isDeepStrictEqual(state.place, before.place);
  if (isElsewhere) await requireForeign(tx, before);
  if (isTakenAnew && before.writable) await requireUncaptured(tx, before);
  await updateRepositoryRow(tx, target.id, { ...state, isElsewhere, isTakenAnew });
  if (credentials !== undefined) {
    await recordCredentials(tx, target.id, sealCredentials(keyring, target.id, credentials));
  }
  const details = withoutCredentials(change);
  await recordAudit(tx, { ...originOf(caller), action: 'repository.update', ...subject(target.id), details });
  const after = await repositoryById(tx, target.id);
  if (isElsewhere) await enqueueTest(tx, queue, after, false);
  if (state.workerTag !== before.workerTag) await moveCaptures(tx, queue, originOf(caller), after);
  return after;
}

function stateAfter(before: Repository, change: RepositoryChange) {
  return {
    name: change.name ?? before.name,
    ...whereOf(change.root ?? before.root, change.place ?? before.place),
    writable: change.writable ?? before.writable,
    workerTag: change.workerTag ?? before.workerTag,
    locationId: change.locationId === undefined ? (before.locationId ?? null) : change.locationId,
    readersMax: change.readersMax ?? before.readersMax,
    bytesPerSecondMax:
      change.bytesPerSecondMax === undefined ? (before.bytesPerSecondMax ?? null) : change.bytesPerSecondMax,
  };
}

/** What is on another machine has its address for a root. */
function whereOf(root: string | undefined, place: RemotePlace | undefined): RepositoryWhere {
  if (place !== undefined) return { kind: place.kind, root: addressOf(place), place };
  if (root !== undefined) return { kind: 'local', root, place };
  throw new Error('a repository is somewhere');
}

/** What the audit trail says of a request: that credentials were given, and never which. */
function withoutCredentials<Request extends { readonly credentials?: RemoteCredentials | undefined }>(
  request: Request,
) {
  const { credentials, ...details } = request;
  return credentials === undefined ? details : { ...details, credentials: 'given' };
}

/**
 * Takes a repository out of use for good. It stays readable, because its recovery points name it.
 * @throws AppError `not-found`, `stale`; `conflict` `repository-retired`, or `repository-in-use`, which names its sets.
 */
export async function retireRepository(
  tx: Tx,
  caller: Caller,
  target: BackupTarget,
  reason: string,
): Promise<Repository> {
  const { name } = await lockRepository(tx, target.id, target.expectedVersion);
  const sets = await setsInUseOf(tx, target.id, SETS_NAMED_MAX + 1);
  if (sets.length > 0) throw inUse(`${name} still holds`, sets);
  await retireRepositoryRow(tx, target.id, reason);
  const details = { name, reason };
  await recordAudit(tx, { ...originOf(caller), action: 'repository.retire', ...subject(target.id), details });
  return repositoryById(tx, target.id);
}

/**
 * Orders a connection test; one that waits in the queue already is the answer.
 * @returns the job's id.
 * @throws AppError `not-found`; `conflict` `repository-retired`, or `system-repository` for another directory in the place of
 *   Muster's own.
 */
export async function orderConnectionTest(
  tx: Tx,
  caller: Caller,
  queue: JobQueue,
  id: string,
  { acceptIdentity, reason }: ConnectionOrder,
): Promise<string> {
  const repository = await repositoryById(tx, id);
  requireInUse(repository);
  if (acceptIdentity) await requireForeign(tx, repository);
  const jobId = await enqueueTest(tx, queue, repository, acceptIdentity);
  const details = { jobId, acceptIdentity, ...(reason === undefined ? {} : { reason }) };
  await recordAudit(tx, { ...originOf(caller), action: 'repository.order-test', ...subject(id), details });
  return jobId;
}

/** As many sets as a message can name. */
const SETS_NAMED_MAX = 5;

function inUse(what: string, sets: readonly { readonly name: string }[]): AppError {
  const names = sets.slice(0, SETS_NAMED_MAX).map((set) => set.name);
  const more = sets.length > SETS_NAMED_MAX ? ' and more' : '';
  return new AppError(
    'conflict',
    'repository-in-use',
    `${what} ${names.join(', ')}${more}: retire those backup sets first`,
  );
}

async function requireUncaptured(tx: Tx, { id, name }: Repository): Promise<void> {
  const sets = await setsInUseOf(tx, id, SETS_NAMED_MAX + 1, 'capture');
  if (sets.length > 0) throw inUse(`${name} must stay writable for`, sets);
}

/** What Muster takes into a repository is taken by the workers of its tag. */
async function moveCaptures(tx: Tx, queue: JobQueue, origin: Origin, { id, workerTag }: Repository): Promise<void> {
  const sets = await watchedSets(tx, id);
  for (const set of sets.filter(({ capture }) => capture !== undefined)) {
    await scheduleCaptures(tx, queue, origin, { set, workerTag, isNew: false });
  }
}

/** What Muster backs itself up into is where its configuration says. */
async function requireForeign(tx: Tx, repository: Repository): Promise<void> {
  const sets = await setsInUseOf(tx, repository.id, 1, 'postgresql');
  if (sets.length === 0) return;
  throw new AppError(
    'conflict',
    'system-repository',
    `${repository.name} holds the backups of Muster itself: its place follows from the configuration of the service`,
  );
}

function enqueueTest(tx: Tx, queue: JobQueue, repository: Repository, acceptIdentity: boolean): Promise<string> {
  const payload = { repositoryId: repository.id, acceptIdentity };
  const singletonKey = acceptIdentity ? `${repository.id}/accept` : repository.id;
  return queue.enqueue(tx, CONNECT_JOB, payload, { tag: repository.workerTag, singletonKey });
}

const subject = (id: string) => ({ subjectKind: 'repository', subjectId: id });
