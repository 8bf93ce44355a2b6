import type { KeyObject } from 'node:crypto';
import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { recordAudit } from '../../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../../audit/entry.ts';
import type { Database, Tx } from '../../database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Repository } from '../backup-catalogue.ts';
import { requireAvailable } from '../repository.identity.ts';
import { expectedPoints, type KnownPoint, knownPoints, pointCounts } from './discovery.queries.ts';
import {
  type DiscoveryRun,
  forgetCandidates,
  holdDiscovery,
  keepCandidates,
  observeCandidates,
  recordListing,
} from './discovery.store.ts';
import { type ChangedPoint, changePoints, enterPoints, losePoints, type SeenPoint } from './external-point.store.ts';
import type { FoundPoint, PointClaim } from './point-gathering.ts';
import type { ListedEntry } from './repository-listing.ts';
import { describePoint } from './seen-point.ts';
import { NONE, type SetListing, type Tally, withMore } from './set-listing.ts';
import { tellUnsoundPoints, type UnsoundPoints } from './unsound-notice.ts';

/** One pass over a repository. */
export interface DiscoveryPass {
  readonly db: Database;
  readonly clock: Clock;
  readonly repository: Repository;
  /** Its real path. */
  readonly root: string;
  readonly run: DiscoveryRun;
  readonly publicKeys: readonly KeyObject[];
  readonly signal: AbortSignal;
}

/** What the catalogue was told about one set. */
export interface SetChanges {
  /** New ones, and those that somebody registered before they were seen. */
  readonly registered: Tally;
  readonly changed: Tally;
  readonly missing: Tally;
  readonly returned: Tally;
  /** May still be written to. */
  readonly waiting: Tally;
}

type Change = keyof SetChanges;

export const NO_CHANGES: SetChanges = {
  registered: NONE,
  changed: NONE,
  missing: NONE,
  returned: NONE,
  waiting: NONE,
};

/** What is written in one transaction, at most; a point is never divided. */
const BATCH = { points: 1000, files: 10_000 } as const;

/** What was not touched for so long, by the clocks of both machines, stands still. */
const LONG_AGO_NS = 3_600_000_000_000n;

/** Compares what is listed of one set with the catalogue, batch by batch, and brings the catalogue in line. */
export class SetDiscovery {
  readonly listing: SetListing;
  readonly #pass: DiscoveryPass;
  readonly #seen = new Set<string>();
  readonly #waiting: string[] = [];
  #found: FoundPoint[] = [];
  #foundFiles = 0;
  #changes = NO_CHANGES;
  /** Something could not be written now: the next pass must not take the listing for known. */
  #isBehind = false;

  constructor(pass: DiscoveryPass, listing: SetListing) {
    this.#pass = pass;
    this.listing = listing;
  }

  take(entry: ListedEntry<unknown>, claim: PointClaim): void {
    this.#add(this.listing.gathering.take(entry, claim));
  }

  /** Writes what has been found when that is a batch. */
  async writeBatches(): Promise<void> {
    while (this.#found.length >= BATCH.points || this.#foundFiles >= BATCH.files) await this.#writeBatch();
  }

  /** Writes the rest, what is missing, and that the set was listed. */
  async finish(): Promise<SetChanges> {
    this.#add(this.listing.finish());
    while (this.#found.length > 0) await this.#writeBatch();
    await this.#writeMissing();
    const { set } = this.listing;
    await this.#write(async (tx) => {
      await keepCandidates(tx, set.id, this.#waiting);
      const digest = this.listing.digest(await pointCounts(tx, set.id));
      const isSettled = this.#waiting.length === 0 && !this.#isBehind && !this.listing.gathering.hasOverflowed;
      await recordListing(tx, set.id, isSettled ? digest : undefined);
    });
    return this.#changes;
  }

  #add(points: readonly FoundPoint[]): void {
    for (const point of points) {
      this.#found.push(point);
      this.#foundFiles += point.files.length;
    }
  }

  #nextBatch(): readonly FoundPoint[] {
    let files = 0;
    let points = 0;
    for (const point of this.#found) {
      if (points >= BATCH.points || (points > 0 && files + point.files.length > BATCH.files)) break;
      points += 1;
      files += point.files.length;
    }
    this.#foundFiles -= files;
    return this.#found.splice(0, points);
  }

  async #writeBatch(): Promise<void> {
    const found = this.#nextBatch();
    const { db, root, publicKeys } = this.#pass;
    const { set, gathering } = this.listing;
    const known = await knownPoints(db, set.id, namesOf(found));
    for (const { id } of known.values()) this.#seen.add(id);
    const fresh: (SeenPoint & { readonly isStill: boolean })[] = [];
    const changed: (ChangedPoint & { readonly was: KnownPoint })[] = [];
    for (const point of found) {
      const was = known.get(point.name);
      const isUnseen = was?.file_count === null && was.state === 'present';
      const isAsItWas = was?.state === 'present' && was.marks?.equals(point.marks) === true;
      if (isAsItWas || this.listing.isInDoubt(point.name)) continue;
      const seen = await describePoint(point, { set, pattern: gathering.pattern, root, publicKeys });
      if (was === undefined || isUnseen) fresh.push({ ...seen, isStill: this.#isLongAgo(point.changedNs) });
      else changed.push({ ...seen, id: was.id, version: was.version, isAltered: isAltered(was, point), was });
    }
    if (fresh.length > 0 || changed.length > 0) await this.#record(fresh, changed);
  }

  async #record(
    fresh: readonly (SeenPoint & { readonly isStill: boolean })[],
    changed: readonly (ChangedPoint & { readonly was: KnownPoint })[],
  ): Promise<void> {
    const { set } = this.listing;
    const { settleSeconds } = set.external;
    const { entered, touched, ready } = await this.#write(async (tx) => {
      const moving = fresh.filter(({ isStill }) => !isStill);
      const settled =
        moving.length === 0 ? new Set<string>() : await observeCandidates(tx, set.id, moving, settleSeconds);
      const still = fresh.filter(({ name, isStill }) => isStill || settled.has(name));
      await forgetCandidates(tx, set.id, namesOf(still));
      const ids = still.length === 0 ? new Map<string, string>() : await enterPoints(tx, set, still);
      if (ids.size > 0) await this.#audit(tx, set.id, 'discover', withMore(NONE, [...ids.keys()]));
      const changedIds = changed.length === 0 ? new Set<string>() : await changePoints(tx, changed);
      for (const point of changed.filter(({ id }) => changedIds.has(id))) {
        const { was, name, sizeBytes } = point;
        const sizes = { sizeBytes, sizeBytesBefore: Number(was.size_bytes) };
        const isBack = was.state !== 'present';
        await this.#audit(tx, point.id, isBack ? 'return' : 'alter', { name, altered: point.isAltered, ...sizes });
      }
      const written = changed.filter(({ id }) => changedIds.has(id));
      const entered = still.filter(({ name }) => ids.has(name));
      await this.#tell(tx, 'damaged', namesOf([...entered, ...written].filter(({ isTooSmall }) => isTooSmall)));
      await this.#tell(tx, 'altered', namesOf(written.filter((point) => point.isAltered && !point.isTooSmall)));
      return { entered: ids, touched: changedIds, ready: new Set(namesOf(still)) };
    });
    for (const id of entered.values()) this.#seen.add(id);
    const waiting = namesOf(fresh).filter((name) => !ready.has(name));
    this.#waiting.push(...waiting);
    if (entered.size < ready.size || touched.size < changed.length) this.#isBehind = true;
    const done = changed.filter(({ id }) => touched.has(id));
    this.#count('registered', [...entered.keys()]);
    this.#count('waiting', waiting);
    this.#count('returned', namesOf(done.filter(({ was }) => was.state !== 'present')));
    this.#count('changed', namesOf(done.filter(({ was }) => was.state === 'present')));
  }

  async #writeMissing(): Promise<void> {
    const { db, run, signal } = this.#pass;
    const { set } = this.listing;
    const entered = { before: run.startedAt, graceSeconds: set.external.settleSeconds };
    let after: string | undefined;
    do {
      signal.throwIfAborted();
      const page = await expectedPoints(db, set.id, { limit: BATCH.points, after }, entered);
      after = page.length < BATCH.points ? undefined : page.at(-1)?.id;
      const gone: KnownPoint[] = [];
      for (const point of page) {
        if (this.#seen.has(point.id) || this.listing.isInDoubt(point.name)) continue;
        // A name that is replaced while its directory is read can be passed over.
        if (await this.#isThere(point.name)) this.#isBehind = true;
        else gone.push(point);
      }
      if (gone.length > 0) await this.#recordMissing(gone);
    } while (after !== undefined);
  }

  async #recordMissing(gone: readonly KnownPoint[]): Promise<void> {
    const lost = await this.#write(async (tx) => {
      const ids = await losePoints(
        tx,
        gone.map(({ id }) => id),
      );
      for (const { id, name } of gone) if (ids.has(id)) await this.#audit(tx, id, 'miss', { name });
      await this.#tell(tx, 'missing', namesOf(gone.filter(({ id }) => ids.has(id))));
      return ids;
    });
    this.#count('missing', namesOf(gone.filter(({ id }) => lost.has(id))));
  }

  async #isThere(name: string): Promise<boolean> {
    const { layout } = this.listing.set.external;
    if (layout === 'files') return false;
    const location = join(this.#pass.root, name);
    const real = await realpath(location).catch(() => undefined);
    if (real !== location) return false;
    const found = await lstat(location).catch(() => undefined);
    return layout === 'file' ? found?.isFile() === true : found?.isDirectory() === true;
  }

  /** Everything is written under the run that holds the repository, and while the repository is the one that was listed. */
  async #write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { db, run, repository, signal } = this.#pass;
    signal.throwIfAborted();
    await requireAvailable(repository);
    return db.transaction(async (tx) => {
      await holdDiscovery(tx, run);
      return work(tx);
    });
  }

  #audit(tx: Tx, subjectId: string, verb: 'discover' | 'alter' | 'return' | 'miss', details: object): Promise<void> {
    const { name: set } = this.listing.set;
    return recordAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: `recovery-point.${verb}`,
      subjectKind: verb === 'discover' ? 'backup-set' : 'recovery-point',
      subjectId,
      details: { set, ...details },
    });
  }

  async #tell(tx: Tx, verdict: UnsoundPoints['verdict'], names: readonly string[]): Promise<void> {
    await tellUnsoundPoints(tx, this.listing.set, { verdict, names, occasion: newId() });
  }

  #count(change: Change, names: readonly string[]): void {
    this.#changes = { ...this.#changes, [change]: withMore(this.#changes[change], names) };
  }

  #isLongAgo(changedNs: bigint): boolean {
    return changedNs < this.#pass.clock.now().epochNanoseconds - LONG_AGO_NS;
  }
}

/** One that is back as it was is not altered; nor one that nobody ever saw. */
function isAltered(was: KnownPoint, { marks }: FoundPoint): boolean {
  return was.file_count !== null && was.marks?.equals(marks) !== true;
}

function namesOf(points: readonly { readonly name: string }[]): string[] {
  return points.map(({ name }) => name);
}
