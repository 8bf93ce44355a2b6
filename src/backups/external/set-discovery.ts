import type { KeyObject } from 'node:crypto';
import { recordAudit } from '../../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../../audit/entry.ts';
import type { Database, Tx } from '../../database/database.ts';
import type { Clock } from '../../kernel/clock.ts';
import { newId } from '../../kernel/ids.ts';
import type { Repository } from '../backup-catalogue.ts';
import { expectedPoints, type KnownPoint, knownPoints, pointCounts } from './discovery.queries.ts';
import {
  type DiscoveryRun,
  forgetCandidates,
  holdDiscovery,
  keepCandidates,
  observeCandidates,
  recordListing,
} from './discovery.store.ts';
import type { DiscoveryPlace } from './discovery-place.ts';
import { type ChangedPoint, changePoints, enterPoints, losePoints, type SeenPoint } from './external-point.store.ts';
import type { ListedSet } from './listed-set.ts';
import type { ListedPoint } from './packed-points.ts';
import { type PointPattern, parsePattern } from './point-pattern.ts';
import { describePoint } from './seen-point.ts';
import { NONE, type Tally, withMore } from './set-listing.ts';
import { tellUnsoundPoints, type UnsoundPoints } from './unsound-notice.ts';

/** One pass over a repository. */
export interface DiscoveryPass {
  readonly db: Database;
  readonly clock: Clock;
  readonly repository: Repository;
  /** What it is asked through. */
  readonly place: DiscoveryPlace;
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
const BATCH = { points: 2000, files: 10_000 } as const;

const LONG_AGO_MS = 3_600_000;

/** New, or registered before it was seen. */
type FreshPoint = SeenPoint & { readonly isStill: boolean };

/** Another one than the catalogue knows. */
type OtherPoint = ChangedPoint & { readonly was: KnownPoint };

/** Compares what is listed of one set with the catalogue, batch by batch, and brings the catalogue in line. */
export class SetDiscovery {
  readonly listed: ListedSet;
  readonly #pass: DiscoveryPass;
  readonly #pattern: PointPattern;
  readonly #seen = new Set<string>();
  readonly #waiting: string[] = [];
  #found: ListedPoint[] = [];
  #foundFiles = 0;
  #changes = NO_CHANGES;
  #writing: Promise<void> = Promise.resolve();
  /** Something could not be written now: the next pass must not take the listing for known. */
  #isBehind = false;

  constructor(pass: DiscoveryPass, listed: ListedSet) {
    this.#pass = pass;
    this.listed = listed;
    this.#pattern = parsePattern(listed.set.external.pattern);
  }

  /** Takes what was found, and writes it when that is a batch. */
  async take(points: readonly ListedPoint[]): Promise<void> {
    for (const point of points) {
      this.#found.push(point);
      this.#foundFiles += point.fileCount;
    }
    while (this.#found.length >= BATCH.points || this.#foundFiles >= BATCH.files) await this.#writeBatch();
  }

  /** Waits until nothing is being written any more, whatever came of it. */
  async settle(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }

  /** Writes the rest, what is missing, and that the set was listed. */
  async finish(): Promise<SetChanges> {
    while (this.#found.length > 0) await this.#writeBatch();
    await this.#writing;
    await this.#writeMissing();
    const { set } = this.listed;
    await this.#write(async (tx) => {
      await keepCandidates(tx, set.id, this.#waiting);
      const digest = this.listed.digest(await pointCounts(tx, set.id));
      const isSettled = this.#waiting.length === 0 && !this.#isBehind && !this.listed.hasOverflowed;
      await recordListing(tx, set.id, isSettled ? digest : undefined);
    });
    return this.#changes;
  }

  #nextBatch(): readonly ListedPoint[] {
    let files = 0;
    let points = 0;
    for (const point of this.#found) {
      if (points >= BATCH.points || (points > 0 && files + point.fileCount > BATCH.files)) break;
      points += 1;
      files += point.fileCount;
    }
    this.#foundFiles -= files;
    return this.#found.splice(0, points);
  }

  /** While one batch is written, the next one is compared with the catalogue. */
  async #writeBatch(): Promise<void> {
    const { fresh, changed } = await this.#compare(this.#nextBatch());
    await this.#writing;
    if (fresh.length === 0 && changed.length === 0) return;
    this.#writing = this.#record(fresh, changed);
    // Whoever waits for it hears of its failure.
    this.#writing.catch(() => undefined);
  }

  async #compare(
    found: readonly ListedPoint[],
  ): Promise<{ readonly fresh: FreshPoint[]; readonly changed: OtherPoint[] }> {
    const { db, place, clock, publicKeys } = this.#pass;
    const { set } = this.listed;
    // What was not touched since then, by the clocks of both machines, stands still.
    const manifestIn = (name: string) => place.manifestIn(name, publicKeys);
    const stillMs = clock.now().epochMilliseconds - LONG_AGO_MS;
    const known = await knownPoints(db, set.id, namesOf(found));
    for (const { id } of known.values()) this.#seen.add(id);
    const fresh: FreshPoint[] = [];
    const changed: OtherPoint[] = [];
    for (const point of found) {
      const was = known.get(point.name);
      const isUnseen = was?.file_count === null && was.state === 'present';
      const isAsItWas = was?.state === 'present' && was.marks?.equals(point.marks) === true;
      if (isAsItWas || this.listed.isInDoubt(point.name)) continue;
      const seen = await describePoint(point, { set, pattern: this.#pattern, manifestIn });
      if (was === undefined || isUnseen) fresh.push({ ...seen, isStill: point.changedMs < stillMs });
      else changed.push({ ...seen, id: was.id, version: was.version, isAltered: isAltered(was, point), was });
    }
    return { fresh, changed };
  }

  async #record(fresh: readonly FreshPoint[], changed: readonly OtherPoint[]): Promise<void> {
    const { set } = this.listed;
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
    const { set } = this.listed;
    const entered = { before: run.startedAt, graceSeconds: set.external.settleSeconds };
    let after: string | undefined;
    do {
      signal.throwIfAborted();
      const page = await expectedPoints(db, set.id, { limit: BATCH.points, after }, entered);
      after = page.length < BATCH.points ? undefined : page.at(-1)?.id;
      const gone: KnownPoint[] = [];
      for (const point of page) {
        if (this.#seen.has(point.id) || this.listed.isInDoubt(point.name)) continue;
        // A name that is replaced while its directory is read can be passed over.
        if (await this.#pass.place.isThere(this.listed.set, point.name)) this.#isBehind = true;
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

  /** Everything is written under the run that holds the repository, and while the repository is the one that was listed. */
  async #write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { db, run, signal, place } = this.#pass;
    signal.throwIfAborted();
    await place.requireThere();
    return db.transaction(async (tx) => {
      await holdDiscovery(tx, run);
      return work(tx);
    });
  }

  #audit(tx: Tx, subjectId: string, verb: 'discover' | 'alter' | 'return' | 'miss', details: object): Promise<void> {
    const { name: set } = this.listed.set;
    return recordAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: `recovery-point.${verb}`,
      subjectKind: verb === 'discover' ? 'backup-set' : 'recovery-point',
      subjectId,
      details: { set, ...details },
    });
  }

  async #tell(tx: Tx, verdict: UnsoundPoints['verdict'], names: readonly string[]): Promise<void> {
    await tellUnsoundPoints(tx, this.listed.set, { verdict, names, occasion: newId() });
  }

  #count(change: Change, names: readonly string[]): void {
    this.#changes = { ...this.#changes, [change]: withMore(this.#changes[change], names) };
  }
}

/** One that is back as it was is not altered; nor one that nobody ever saw. */
function isAltered(was: KnownPoint, { marks }: ListedPoint): boolean {
  return was.file_count !== null && was.marks?.equals(marks) !== true;
}

function namesOf(points: readonly { readonly name: string }[]): string[] {
  return points.map(({ name }) => name);
}
