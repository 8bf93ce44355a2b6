import type { KeyObject } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/log.ts';
import type { ExternalSet, Repository } from '../backup-catalogue.ts';
import { watchedSets } from '../backup-set.queries.ts';
import { isRemote, type RemoteMeans } from '../remote/open-store.ts';
import { REPOSITORY_UNAVAILABLE, SENTINEL_FILE } from '../repository.identity.ts';
import { lastListing, ownDirectories, pointCounts } from './discovery.queries.ts';
import {
  beginDiscovery,
  endDiscovery,
  holdDiscovery,
  recordListed,
  recordSeen,
  recordUnavailable,
} from './discovery.store.ts';
import { type DiscoveryPlace, openLocalPlace } from './discovery-place.ts';
import { ListedSet } from './listed-set.ts';
import { type ListedPoint, unpackPoints } from './packed-points.ts';
import type { PointShape } from './point-gathering.ts';
import { openRemotePlace } from './remote-discovery-place.ts';
import type { GatheringTask } from './repository-gathering.ts';
import type { RepositoryLister } from './repository-lister.ts';
import { type DiscoveryPass, NO_CHANGES, type SetChanges, SetDiscovery } from './set-discovery.ts';
import type { PassedOver } from './set-listing.ts';

export interface ExternalDiscoveryDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whoever signs with one of these is Muster itself. */
  readonly publicKeys: readonly KeyObject[];
  readonly lister: RepositoryLister;
  readonly remote: RemoteMeans;
}

/** What became of one set. */
export interface SetOutcome extends SetChanges {
  readonly setId: string;
  readonly setName: string;
  /** Everything lay as it did the last time, so nothing was compared. */
  readonly isUnchanged: boolean;
  readonly passedOver: PassedOver;
}

/** `busy`: another discovery of the repository is at work. */
export type DiscoveryOutcome =
  | { readonly outcome: 'listed'; readonly sets: readonly SetOutcome[] }
  | { readonly outcome: 'unavailable'; readonly reason: string }
  | { readonly outcome: 'busy' };

/**
 * Brings the catalogue in line with what lies in a repository, for all its watched sets that are in use: new
 * points are registered once they stand still, changed ones are `altered`, vanished ones `missing`, those that are back wait for
 * their check. A repository that is not there changes nothing but its own row. A place that may not be looked at changes
 * nothing about what may lie there.
 *
 * A repository is listed once, and a second time for those sets of which something is not as it was. One discovery of a
 * repository works at a time: it holds the repository's row in `repository_discovery`, and is taken for dead after 60 seconds
 * without a word. It may be cut off anywhere: each transaction leaves whole points, and the next discovery goes on.
 *
 * @throws AppError `stale` `discovery-superseded` when it was taken for dead; the signal's reason.
 */
export async function discoverExternal(
  deps: ExternalDiscoveryDeps,
  repository: Repository,
  signal: AbortSignal,
): Promise<DiscoveryOutcome> {
  const { db } = deps;
  const run = await beginDiscovery(db, repository.id, newId());
  if (run === undefined) return { outcome: 'busy' };
  let place: DiscoveryPlace | undefined;
  try {
    place = await openPlace(deps, repository, signal);
    const pass = { ...deps, repository, place, run, signal };
    const sets = await discoverSets(pass, await watchedSets(db, repository.id));
    await place.requireThere();
    await recordSeen(db, repository.id);
    return { outcome: 'listed', sets };
  } catch (thrown) {
    if (!(thrown instanceof AppError && thrown.code === REPOSITORY_UNAVAILABLE)) throw thrown;
    const isNews = await recordUnavailable(db, repository.id, thrown.message);
    if (isNews) deps.log.error({ repository: repository.name }, thrown.message);
    return { outcome: 'unavailable', reason: thrown.message };
  } finally {
    await place?.close();
    await endDiscovery(db, run);
  }
}

function openPlace(deps: ExternalDiscoveryDeps, repository: Repository, signal: AbortSignal): Promise<DiscoveryPlace> {
  return isRemote(repository) ? openRemotePlace(deps, repository, signal) : openLocalPlace(deps.lister, repository);
}

async function discoverSets(pass: DiscoveryPass, sets: readonly ExternalSet[]): Promise<SetOutcome[]> {
  const known: ExternalSet[] = [];
  const last = new Map<string, Buffer>();
  for (const set of sets) {
    const listing = await lastListing(pass.db, set.id);
    if (listing === undefined) continue;
    known.push(set);
    last.set(set.id, listing);
  }
  const unchanged = await confirmUnchanged(pass, known, last);
  const others = sets.filter(({ id }) => !unchanged.some(({ setId }) => setId === id));
  const compared = await compareSets(pass, others);
  return [...unchanged, ...compared];
}

/** Lists sets without comparing them, and answers those that are as they were. */
async function confirmUnchanged(
  pass: DiscoveryPass,
  sets: readonly ExternalSet[],
  last: ReadonlyMap<string, Buffer>,
): Promise<SetOutcome[]> {
  const listed = sets.map((set) => new ListedSet(set));
  // Counted while it is listed: what somebody changes meanwhile the next discovery sees.
  const counting = countsOf(pass.db, sets);
  counting.catch(() => undefined);
  await walk(pass, listed);
  await pass.place.requireThere();
  const outcomes: SetOutcome[] = [];
  const counts = await counting;
  for (const [index, listing] of listed.entries()) {
    const { id } = listing.set;
    if (last.get(id)?.equals(listing.digest(counts[index] ?? '')) !== true) continue;
    await recordListed(pass.db, id);
    outcomes.push(outcomeOf(listing, NO_CHANGES, true));
  }
  return outcomes;
}

async function countsOf(db: Database, sets: readonly ExternalSet[]): Promise<readonly string[]> {
  const counts: string[] = [];
  for (const { id } of sets) counts.push(await pointCounts(db, id));
  return counts;
}

async function compareSets(pass: DiscoveryPass, sets: readonly ExternalSet[]): Promise<SetOutcome[]> {
  const listed = sets.map((set) => new ListedSet(set));
  const discoveries = listed.map((listing) => new SetDiscovery(pass, listing));
  const outcomes: SetOutcome[] = [];
  try {
    await walk(pass, listed, (index, points) => discoveries[index]?.take(points) ?? Promise.resolve());
    for (const discovery of discoveries) {
      const changes = await discovery.finish();
      outcomes.push(outcomeOf(discovery.listed, changes, false));
    }
  } finally {
    for (const discovery of discoveries) await discovery.settle();
  }
  return outcomes;
}

/** A walk says that it is alive this often. */
const HEARTBEAT_MS = 10_000;

/** What Muster takes itself is of its own set alone, however wide the patterns of others are. */
function ownedBy(directories: ReadonlyMap<string, string>, listed: readonly ListedSet[]): GatheringTask['owned'] {
  return [...directories].map(([name, setId]) => ({ name, index: listed.findIndex(({ set }) => set.id === setId) }));
}

/** Walks the repository once for all the sets. */
async function walk(
  pass: DiscoveryPass,
  listed: readonly ListedSet[],
  onPoints?: (index: number, points: readonly ListedPoint[]) => Promise<void>,
): Promise<void> {
  if (listed.length === 0) return;
  const { db, clock, place, run, repository, signal } = pass;
  const task = {
    apart: [SENTINEL_FILE],
    owned: ownedBy(await ownDirectories(db, repository.id), listed),
    shapes: listed.map(({ set }) => shapeOf(set)),
    withPoints: onPoints !== undefined,
  };
  let heldMs = clock.monotonicMs();
  for await (const news of place.list(task, signal)) {
    if (news.kind === 'end') for (const [index, told] of news.sets.entries()) listed[index]?.end(told);
    for (const [index, told] of news.kind === 'listed' ? news.sets.entries() : []) {
      listed[index]?.note(told);
      if (told.points !== undefined) await onPoints?.(index, unpackPoints(told.points));
    }
    if (clock.monotonicMs() - heldMs < HEARTBEAT_MS) continue;
    await holdDiscovery(db, run);
    heldMs = clock.monotonicMs();
  }
}

/** What a thread can be told of a set. */
function shapeOf({ external }: ExternalSet): PointShape {
  const { pattern, layout, timeSource, zone, digestSource } = external;
  return { pattern, layout, timeSource, zone, digestSource };
}

function outcomeOf(listing: ListedSet, changes: SetChanges, isUnchanged: boolean): SetOutcome {
  const { id: setId, name: setName } = listing.set;
  return { setId, setName, isUnchanged, passedOver: listing.passedOver(), ...changes };
}
