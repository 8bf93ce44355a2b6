import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { checkBackups, takeBackup } from '../../../src/backups/backup.service.ts';
import type { RecoveryPoint, Repository } from '../../../src/backups/backup-catalogue.ts';
import type { BackupJobsDeps } from '../../../src/backups/backup-deps.ts';
import { discoverPoints } from '../../../src/backups/discover.ts';
import { takeReaderSlot } from '../../../src/backups/external/reader-slot.store.ts';
import { RepositoryReader, readerBytesPerSecond } from '../../../src/backups/external/repository-reader.ts';
import { countDue, verifyRepository } from '../../../src/backups/external/verify-repository.ts';
import { applyRetention } from '../../../src/backups/retention/retention.service.ts';
import { listChecks } from '../../../src/backups/run.queries.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { fixedClock } from '../../support/clock.ts';
import { noise } from '../../verification/support/point-making.ts';
import { newJob } from '../support/backup-world.ts';
import { useVerificationWorld } from './support/verification-world.ts';

const world = useVerificationWorld();
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A repository with points of one file each, whose digests are known and which nobody has judged. */
async function filled(
  count: number,
  { repository, set }: { readonly repository?: object; readonly set?: object } = {},
): Promise<{ readonly repository: Repository; readonly points: RecoveryPoint[]; readonly bytes: number }> {
  const home = await world.newRepository({ ...repository });
  const made = await world.newSet(home, { ...set });
  const points: RecoveryPoint[] = [];
  let bytes = 0;
  for (let index = 0; index < count; index += 1) {
    const content = noise(20_000 + index, index);
    bytes += content.length;
    await writeFile(join(home.root, `p${index}`), content);
    points.push(await world.register(made, `p${index}`, { digest: sha256(content), digest_origin: 'api' }));
  }
  return { repository: home, points, bytes };
}

/** Reads of one job, counted. */
class CountingReader extends RepositoryReader {
  bytesRead = 0;
  readonly paths: string[] = [];
  onTarget: (path: string) => void = () => {};

  override async verify(...[target, options]: Parameters<RepositoryReader['verify']>) {
    this.onTarget(target.path);
    this.paths.push(target.path);
    const onRead = (bytes: number) => {
      this.bytesRead += bytes;
      options.onRead(bytes);
    };
    return super.verify(target, { ...options, onRead });
  }
}

const verify = (repository: Repository, options: object = {}, job = newJob(), deps: object = {}) =>
  verifyRepository({ ...world.deps, ...deps }, repository.id, job, { retryPauseMs: 0, ...options });

/** As if its last check had been so many days ago. */
async function age(point: RecoveryPoint, days: number, columns = 'read_in_full_at'): Promise<void> {
  await world.deps.db.execute(
    `UPDATE recovery_point SET verdict = 'sound', verdict_at = now() - make_interval(days => $2),
            ${columns} = now() - make_interval(days => $2) WHERE id = $1`,
    [point.id, days],
  );
}

describe('a pass over a repository', () => {
  test('reads what is new, records each verdict, and then finds nothing due', async () => {
    const { repository, points } = await filled(3);
    expect(await countDue(world.deps, repository.id)).toBe(3);
    expect(await verify(repository)).toEqual({ outcome: 'done', checked: 3, sound: 3 });
    expect(await countDue(world.deps, repository.id)).toBe(0);
    expect(await verify(repository)).toEqual({ outcome: 'done', checked: 0, sound: 0 });
    for (const point of points) {
      const [check] = await listChecks(world.deps.db, point.id, { limit: 5 });
      expect(check).toMatchObject({ reason: 'arrival', verdict: 'sound', state: 'done' });
    }
    expect(await world.deps.db.rows('SELECT FROM repository_reader WHERE repository_id = $1', [repository.id])).toEqual(
      [],
    );
  });

  test('of two workers reads nothing twice', async () => {
    const { repository, bytes } = await filled(12, { repository: { readers_max: 2 } });
    const readers = [new CountingReader(repository, []), new CountingReader(repository, [])] as const;
    const passes = await Promise.all(readers.map((reader) => verify(repository, { reader })));
    expect(passes[0]?.checked ?? 0).toBeGreaterThan(0);
    expect(passes[1]?.checked ?? 0).toBeGreaterThan(0);
    expect(readers[0].bytesRead + readers[1].bytesRead).toBe(bytes);
    expect([...readers[0].paths, ...readers[1].paths].toSorted()).toHaveLength(12);
  });

  test('waits for no reader: with as many as the repository allows it does nothing', async () => {
    const { repository } = await filled(1);
    expect(await takeReaderSlot(world.deps.db, repository, newJob())).toBe(true);
    expect(await verify(repository)).toMatchObject({ outcome: 'readers-busy', checked: 0 });
    await world.deps.db.execute(
      `UPDATE repository_reader SET heartbeat_at = now() - interval '61 seconds' WHERE repository_id = $1`,
      [repository.id],
    );
    expect(await verify(repository)).toMatchObject({ outcome: 'done', checked: 1 });
  });

  test('that is killed goes on where it was, and reads no finished file again', async () => {
    const repository = await world.newRepository();
    const set = await world.newSet(repository, { layout: 'directory' });
    await mkdir(join(repository.root, 'd'));
    let bytes = 0;
    for (let index = 0; index < 100; index += 1) {
      const content = noise(3000 + index, index);
      bytes += content.length;
      await writeFile(join(repository.root, 'd', `f${String(index).padStart(3, '0')}`), content);
    }
    const point = await world.register(set, 'd');
    const job = newJob();
    const kill = new AbortController();
    const first = new CountingReader(repository, []);
    first.onTarget = (path) => {
      if (path === 'd/f090') kill.abort(new Error('killed'));
    };
    await expect(verify(repository, { reader: first }, { ...job, signal: kill.signal })).rejects.toThrow('killed');
    // What a killed process leaves: a running check of a reader that says nothing any more.
    await world.deps.db.execute(
      `UPDATE backup_check SET state = 'running', failure = NULL, failure_code = NULL, finished_at = NULL WHERE point_id = $1`,
      [point.id],
    );
    const second = new CountingReader(repository, []);
    await verify(repository, { reader: second }, { ...job, attempt: 2 });
    expect(first.bytesRead + second.bytesRead).toBe(bytes);
    expect(second.paths[0]).toBe('d/f090');
    const checks = await listChecks(world.deps.db, point.id, { limit: 5 });
    expect(checks).toMatchObject([{ attempt: 2, state: 'done', filesChecked: 100, bytesRead: bytes }]);
    expect(await world.deps.db.rows('SELECT FROM backup_check_file WHERE check_id = $1', [checks[0]?.id])).toEqual([]);
  });

  test('reads a file again that changed after a killed worker had read it', async () => {
    const repository = await world.newRepository();
    const set = await world.newSet(repository, { layout: 'directory' });
    await mkdir(join(repository.root, 'd'));
    for (const name of ['a', 'b', 'c']) await writeFile(join(repository.root, 'd', name), noise(3000, 1));
    await world.register(set, 'd');
    const job = newJob();
    const kill = new AbortController();
    const first = new CountingReader(repository, []);
    first.onTarget = (path) => path === 'd/c' && kill.abort(new Error('killed'));
    await expect(verify(repository, { reader: first }, { ...job, signal: kill.signal })).rejects.toThrow('killed');
    await writeFile(join(repository.root, 'd', 'a'), noise(3001, 1));
    const second = new CountingReader(repository, []);
    await verify(repository, { reader: second }, { ...job, attempt: 2 });
    expect(second.paths).toEqual(['d/a', 'd/c']);
  });

  test('checks nothing for an attempt whose job was taken over', async () => {
    const { repository } = await filled(2);
    const job = newJob();
    expect(await takeReaderSlot(world.deps.db, repository, { ...job, attempt: 2 })).toBe(true);
    await expect(verify(repository, {}, job)).rejects.toMatchObject({ code: 'attempt-superseded' });
  });

  test('concludes nothing from a repository that is not there', async () => {
    const { repository, points } = await filled(2);
    await rename(repository.root, `${repository.root}.aside`);
    await mkdir(repository.root);
    await expect(verify(repository)).rejects.toMatchObject({ code: 'repository-unavailable' });
    for (const point of points) expect((await world.refreshed(point)).verdict).toBeUndefined();
  });
});

describe('full reads', () => {
  test('begin inside the daily window only, in its zone, the one read longest ago first', async () => {
    const window = { window_from: '22:00', window_until: '02:00', zone: 'Asia/Shanghai', full_read_days: 10 };
    const { repository, points } = await filled(3, { set: window });
    for (const [index, point] of points.entries()) await age(point, 20 + index);
    const today = Temporal.Now.plainDateISO('Asia/Shanghai');
    const local = (time: string) =>
      today.toZonedDateTime({ timeZone: 'Asia/Shanghai', plainTime: time }).toInstant().toString();
    const closed = { clock: fixedClock(local('12:00')) };
    expect(await countDue({ ...world.deps, ...closed }, repository.id)).toBe(0);
    expect(await verify(repository, {}, newJob(), closed)).toMatchObject({ checked: 0 });
    const open = { clock: fixedClock(local('23:30')) };
    expect(await countDue({ ...world.deps, ...open }, repository.id)).toBe(3);
    const reader = new CountingReader(repository, []);
    expect(await verify(repository, { reader }, newJob(), open)).toMatchObject({ checked: 3, sound: 3 });
    expect(reader.paths).toEqual(['p2', 'p1', 'p0']);
    const [check] = await listChecks(world.deps.db, points[0]?.id ?? '', { limit: 1 });
    expect(check?.reason).toBe('full-read');
  });

  test('are not due of what was read lately, nor of sets that ask for none', async () => {
    const { repository, points } = await filled(2, { set: { full_read_days: 100 } });
    for (const point of points) await age(point, 3);
    expect(await countDue(world.deps, repository.id)).toBe(0);
    const other = await filled(1);
    for (const point of other.points) await age(point, 3000);
    expect(await countDue(world.deps, other.repository.id)).toBe(0);
  });
});

describe('the budget of a repository', () => {
  test('is shared by its readers, and booked for every byte that is read', async () => {
    const { repository, bytes } = await filled(3, { repository: { readers_max: 2, bytes_per_second_max: 2_000_000 } });
    expect(readerBytesPerSecond(repository)).toBe(1_000_000);
    const memory = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
    const began = process.hrtime.bigint();
    await verify(repository, { reader: new RepositoryReader(repository, [], { memory }) });
    const booked = new BigInt64Array(memory)[0] ?? 0n;
    expect(Number(booked - began) / 1e9).toBeGreaterThanOrEqual(bytes / 1_000_000);
  });
});

describe('an external set', () => {
  const never = {} as Pick<
    BackupJobsDeps,
    'source' | 'signingKey' | 'verifier' | 'sandboxRoot' | 'dataDirectory' | 'capture'
  >;

  test('has one point checked on order, by the job that checks Muster’s own', async () => {
    const { repository, points } = await filled(1);
    const [point] = points;
    const deps = { ...world.deps, ...never, clock: systemClock };
    const request = { setId: point?.setId ?? '', pointId: point?.id, budgetSeconds: 1 };
    expect(await checkBackups(deps, request, newJob())).toMatchObject([{ verdict: 'sound' }]);
    const [check] = await listChecks(world.deps.db, point?.id ?? '', { limit: 1 });
    expect(check).toMatchObject({ reason: 'order', state: 'done' });
    const unnamed = checkBackups(deps, { ...request, pointId: undefined }, newJob());
    await expect(unnamed).rejects.toMatchObject({ code: 'no-point-named' });
    expect(repository.writable).toBe(false);
  });

  test('is neither taken, nor discovered by Muster’s own names, nor thinned out', async () => {
    const { repository, points } = await filled(1);
    const refused = { kind: 'unprocessable', code: 'not-taken-by-muster' };
    const deps = { ...world.deps, ...never };
    await expect(takeBackup(deps, points[0]?.setId ?? '', newJob())).rejects.toMatchObject(refused);
    const set = await world.newSet(repository);
    await expect(applyRetention(deps, set, repository)).rejects.toMatchObject(refused);
    await expect(discoverPoints(deps, set, repository)).rejects.toMatchObject(refused);
    expect(await world.refreshed(points[0] as RecoveryPoint)).toMatchObject({ state: 'present' });
  });
});
