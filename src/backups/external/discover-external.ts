import type { KeyObject } from 'node:crypto';
import { opendir, realpath } from 'node:fs/promises';
import type { Database } from '../../database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/log.ts';
import type { ExternalSet, Repository } from '../backup-catalogue.ts';
import { watchedSets } from '../backup-set.queries.ts';
import {
  REPOSITORY_UNAVAILABLE,
  repositoryUnavailable,
  requireAvailable,
  SENTINEL_FILE,
} from '../repository.identity.ts';
import { lastListing, ownDirectories, pointCounts } from './discovery.queries.ts';
import {
  beginDiscovery,
  endDiscovery,
  holdDiscovery,
  recordListed,
  recordSeen,
  recordUnavailable,
} from './discovery.store.ts';
import type { PointClaim } from './point-gathering.ts';
import { type ListedEntry, listRepository } from './repository-listing.ts';
import { type DiscoveryPass, NO_CHANGES, type SetChanges, SetDiscovery } from './set-discovery.ts';
import { type PassedOver, SetListing } from './set-listing.ts';

export interface ExternalDiscoveryDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whoever signs with one of these is Muster itself. */
  readonly publicKeys: readonly KeyObject[];
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
  try {
    await requireAvailable(repository);
    const root = await rootOf(repository);
    const pass = { ...deps, repository, root, run, signal };
    const sets = await discoverSets(pass, await watchedSets(db, repository.id));
    await requireAvailable(repository);
    await recordSeen(db, repository.id);
    return { outcome: 'listed', sets };
  } catch (thrown) {
    if (!(thrown instanceof AppError && thrown.code === REPOSITORY_UNAVAILABLE)) throw thrown;
    const isNews = await recordUnavailable(db, repository.id, thrown.message);
    if (isNews) deps.log.error({ repository: repository.name }, thrown.message);
    return { outcome: 'unavailable', reason: thrown.message };
  } finally {
    await endDiscovery(db, run);
  }
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
  const listings = sets.map((set) => new SetListing(set));
  await walk(pass, listings, async () => {});
  await requireAvailable(pass.repository);
  const outcomes: SetOutcome[] = [];
  for (const listing of listings) {
    const { id } = listing.set;
    if (last.get(id)?.equals(listing.digest(await pointCounts(pass.db, id))) !== true) continue;
    await recordListed(pass.db, id);
    outcomes.push(outcomeOf(listing, NO_CHANGES, true));
  }
  return outcomes;
}

async function compareSets(pass: DiscoveryPass, sets: readonly ExternalSet[]): Promise<SetOutcome[]> {
  const listings = sets.map((set) => new SetListing(set));
  const discoveries = listings.map((listing) => new SetDiscovery(pass, listing));
  await walk(pass, listings, async (entries) => {
    for (const entry of entries) {
      for (const [index, claim] of entry.claim.entries()) if (claim) discoveries[index]?.take(entry, claim);
    }
    for (const discovery of discoveries) await discovery.writeBatches();
  });
  const outcomes: SetOutcome[] = [];
  for (const discovery of discoveries) {
    const changes = await discovery.finish();
    outcomes.push(outcomeOf(discovery.listing, changes, false));
  }
  return outcomes;
}

/** What each set, by its place in the list, wants a path for. */
type Claims = readonly (PointClaim | undefined)[];

/** A walk says that it is alive this often. */
const HEARTBEAT_MS = 10_000;

/** Walks the repository once for all the sets. */
async function walk(
  pass: DiscoveryPass,
  listings: readonly SetListing[],
  onEntries: (entries: readonly ListedEntry<Claims>[]) => Promise<void>,
): Promise<void> {
  if (listings.length === 0) return;
  const { db, clock, root, run, repository, signal } = pass;
  const own = await ownDirectories(db, repository.id);
  const each = (claims: Claims, note: (listing: SetListing, claim: PointClaim) => void) => {
    for (const [index, listing] of listings.entries()) {
      const claim = claims[index];
      if (claim !== undefined) note(listing, claim);
    }
  };
  const entries = listRepository<Claims>({
    root,
    signal,
    claim: (path, type) => {
      if (path === SENTINEL_FILE) return undefined;
      // What Muster takes itself is of its own set alone, however wide the patterns of others are.
      const owner = own.get(path.split('/', 1)[0] ?? '');
      const claims = listings.map(({ set, gathering }) =>
        owner === undefined || owner === set.id ? gathering.claim(path, type) : undefined,
      );
      return claims.every((claim) => claim === undefined) ? undefined : claims;
    },
    onSkipped: (skipped) => each(skipped.claim, (listing) => listing.skip(skipped)),
  });
  let heldMs = clock.monotonicMs();
  for await (const chunk of entries) {
    for (const entry of chunk) each(entry.claim, (listing, claim) => listing.note(entry, claim));
    await onEntries(chunk);
    if (clock.monotonicMs() - heldMs < HEARTBEAT_MS) continue;
    await holdDiscovery(db, run);
    heldMs = clock.monotonicMs();
  }
}

function outcomeOf(listing: SetListing, changes: SetChanges, isUnchanged: boolean): SetOutcome {
  const { id: setId, name: setName } = listing.set;
  return { setId, setName, isUnchanged, passedOver: listing.passedOver(), ...changes };
}

/** The real path of a root that can be listed. */
async function rootOf({ root }: Repository): Promise<string> {
  try {
    const real = await realpath(root);
    await (await opendir(real)).close();
    return real;
  } catch (thrown) {
    throw repositoryUnavailable(root, messageOf(thrown), thrown);
  }
}
