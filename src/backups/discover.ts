import { createHash, type KeyObject } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Database } from '../database/database.ts';
import type { Logger } from '../kernel/log.ts';
import { MANIFEST_FILE } from '../verification/directory-marks.ts';
import type { BackupSet, RecoveryPoint, Repository } from './backup-catalogue.ts';
import { keptPoints, pointsByName } from './catalogue.queries.ts';
import { changePointState, readmitPoint, recordVerdict, registerPoint } from './catalogue.store.ts';
import { requireAvailable } from './repository.identity.ts';
import { openStoredPoint } from './stored-point.ts';
import { requireTakenHere } from './taken-here.ts';

export interface DiscoverDeps {
  readonly db: Database;
  readonly log: Logger;
  readonly publicKeys: readonly KeyObject[];
}

/** What discovery changed, by the names of the points. */
export interface Discovery {
  readonly registered: readonly string[];
  readonly missing: readonly string[];
  readonly returned: readonly string[];
}

/** The names of points: anything else in the directory is not ours to judge. */
const POINT_NAME = /^(\d{8}T\d{6}Z)-[0-9a-f]{8}$/;

/**
 * Brings the catalogue in line with what lies in the repository: a point that nobody registered (taken before an upgrade, or
 * after the backup that this catalogue was restored from) is entered, one that vanished is `missing`, one that came back is
 * to be checked again. What a point is worth is for the check to say.
 *
 * @throws AppError `unavailable` `repository-unavailable`, `unprocessable` `not-taken-by-muster`; nothing is changed then.
 */
export async function discoverPoints(deps: DiscoverDeps, set: BackupSet, repository: Repository): Promise<Discovery> {
  const { db } = deps;
  requireTakenHere(set);
  await requireAvailable(repository);
  const setDirectory = join(repository.root, set.name);
  const present = await pointNames(setDirectory);
  const expected = await keptPoints(db, set);
  const known = new Map((await pointsByName(db, set.id, present)).map((point) => [point.name, point]));
  // The disk may have gone away while the directory was listed: then what was missing there means nothing.
  await requireAvailable(repository);

  const registered: string[] = [];
  const returned: string[] = [];
  for (const name of present) {
    const point = known.get(name);
    if (point === undefined && (await register(deps, { set, repository, setDirectory, name }))) registered.push(name);
    if (point !== undefined && (await welcomeBack(deps, set, point))) returned.push(name);
  }
  const there = new Set(present);
  const missing: string[] = [];
  for (const point of expected) {
    if (point.state !== 'present' || there.has(point.name)) continue;
    await noteMissing(deps, set, point);
    missing.push(point.name);
  }
  return { registered, missing, returned };
}

async function pointNames(setDirectory: string): Promise<string[]> {
  try {
    return (await readdir(setDirectory)).filter((name) => POINT_NAME.test(name)).sort();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
}

interface FoundPoint {
  readonly set: BackupSet;
  readonly repository: Repository;
  readonly setDirectory: string;
  readonly name: string;
}

async function register(deps: DiscoverDeps, { set, repository, setDirectory, name }: FoundPoint): Promise<boolean> {
  const facts = await describe(join(setDirectory, name), name, deps.publicKeys);
  return deps.db.transaction(async (tx) => {
    const { id, isNew } = await registerPoint(tx, { setId: set.id, repositoryId: repository.id, name, ...facts });
    if (isNew) {
      const details = { set: set.name, name, own: facts.own, digest: facts.digest ?? null };
      await recordAudit(tx, {
        actor: SYSTEM_ACTOR,
        action: 'recovery-point.discover',
        subjectKind: 'recovery-point',
        subjectId: id,
        details,
      });
    }
    return isNew;
  });
}

type Described = Pick<
  RecoveryPoint,
  'method' | 'own' | 'takenAt' | 'finishedAt' | 'sizeBytes' | 'digest' | 'serverMajor'
>;

/** What the point says of itself; when it cannot be read, its name still says when it was begun. */
async function describe(directory: string, name: string, publicKeys: readonly KeyObject[]): Promise<Described> {
  const sizeBytes = await sizeOf(directory);
  const digest = await readFile(join(directory, MANIFEST_FILE)).then(
    (bytes) => createHash('sha256').update(bytes).digest('hex'),
    () => undefined,
  );
  const trusted = await openStoredPoint(directory, publicKeys).catch(() => undefined);
  const point = trusted ?? (await openStoredPoint(directory).catch(() => undefined));
  if (point === undefined) {
    const begunAt = Temporal.Instant.from(POINT_NAME.exec(name)?.[1] ?? '');
    const times = { takenAt: begunAt, finishedAt: begunAt };
    return { method: 'unknown', own: false, ...times, sizeBytes, digest, serverMajor: undefined };
  }
  const { method, takenAt, finishedAt, serverMajor } = point.record;
  return {
    method,
    own: trusted !== undefined,
    takenAt: Temporal.Instant.from(takenAt),
    finishedAt: Temporal.Instant.from(finishedAt),
    sizeBytes,
    digest,
    serverMajor,
  };
}

async function sizeOf(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        (found) => (found.isFile() ? found.size : 0),
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A point that was missing is seen again; one that was deleted was put back by somebody. */
async function welcomeBack({ db, log }: DiscoverDeps, set: BackupSet, point: RecoveryPoint): Promise<boolean> {
  if (point.state !== 'missing' && point.state !== 'deleted') return false;
  await db.transaction(async (tx) => {
    if (point.state === 'missing') await changePointState(tx, point.id, 'missing', 'present');
    else await readmitPoint(tx, point.id);
    await recordAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: 'recovery-point.return',
      subjectKind: 'recovery-point',
      subjectId: point.id,
      details: { set: set.name, name: point.name, was: point.state },
    });
  });
  log.warn({ set: set.name, point: point.name, was: point.state }, 'a recovery point is back in its repository');
  return true;
}

async function noteMissing({ db, log }: DiscoverDeps, set: BackupSet, point: RecoveryPoint): Promise<void> {
  await db.transaction(async (tx) => {
    const gone = { verdict: 'missing', level: undefined, wasReadInFull: false, digest: undefined } as const;
    await recordVerdict(tx, point.id, gone);
    await recordAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: 'recovery-point.miss',
      subjectKind: 'recovery-point',
      subjectId: point.id,
      details: { set: set.name, name: point.name },
    });
  });
  log.error({ set: set.name, point: point.name }, 'a recovery point is missing from its repository');
}
