import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RecoveryPoint, Repository } from '../../../src/backups/backup-catalogue.ts';
import { RepositoryReader } from '../../../src/backups/external/repository-reader.ts';
import { verifyRepository } from '../../../src/backups/external/verify-repository.ts';
import type { PathResult } from '../../../src/verification/verify-file.ts';
import { eventually } from '../../system/eventually.ts';
import { noise } from '../../verification/support/point-making.ts';
import { newJob } from '../support/backup-world.ts';
import { useVerificationWorld } from './support/verification-world.ts';

const world = useVerificationWorld();

/** Points of one file each, that are read in the order of their numbers. */
async function filled(
  count: number,
  columnsOf: (index: number) => object = () => ({}),
): Promise<{ readonly repository: Repository; readonly points: readonly RecoveryPoint[] }> {
  const repository = await world.newRepository();
  const set = await world.newSet(repository);
  const points: RecoveryPoint[] = [];
  for (let index = count - 1; index >= 0; index -= 1) {
    const content = noise(5000 + index, index);
    await writeFile(join(repository.root, `p${index}`), content);
    const digest = createHash('sha256').update(content).digest('hex');
    points.unshift(await world.register(set, `p${index}`, { digest, digest_origin: 'api', ...columnsOf(index) }));
  }
  return { repository, points };
}

/** A reader at whose n-th file something happens. */
class WatchedReader extends RepositoryReader {
  readonly paths: string[] = [];
  readonly #at: number;
  readonly #act: (read: () => Promise<PathResult>) => Promise<PathResult>;

  constructor(
    repository: Repository,
    at = Number.POSITIVE_INFINITY,
    act: (read: () => Promise<PathResult>) => Promise<PathResult> = (read) => read(),
  ) {
    super(repository, []);
    this.#at = at;
    this.#act = act;
  }

  override async verify(...given: Parameters<RepositoryReader['verify']>) {
    this.paths.push(given[0].path);
    const read = () => super.verify(...given);
    return this.paths.length === this.#at ? this.#act(read) : read();
  }
}

const verify = (repository: Repository, reader: RepositoryReader, job = newJob()) =>
  verifyRepository(world.deps, repository.id, job, { retryPauseMs: 0, reader });

interface CheckRow {
  readonly name: string;
  readonly verdict: string | null;
  readonly state: string | null;
  readonly attempt: number | null;
  readonly failure_code: string | null;
}

/** Each point with its checks, in the order of their numbers. */
async function standing(repository: Repository): Promise<CheckRow[]> {
  const rows = await world.deps.db.rows<CheckRow>(
    `SELECT p.name, p.verdict, c.state, c.attempt, c.failure_code FROM recovery_point p
       LEFT JOIN backup_check c ON c.point_id = p.id WHERE p.repository_id = $1`,
    [repository.id],
  );
  return rows.toSorted((a, b) => Number(a.name.slice(1)) - Number(b.name.slice(1)));
}

const numbered = (from: number, until: number) =>
  Array.from({ length: until - from }, (_, index) => `p${from + index}`);

describe('a worker that dies in the middle of a batch', () => {
  test('leaves no false verdict and loses nothing, and what is on record is not read again', async () => {
    const { repository } = await filled(24);
    await writeFile(join(repository.root, 'p20'), noise(5020, 99));
    const job = newJob();
    const dead = Promise.withResolvers<never>();
    const reached = Promise.withResolvers<void>();
    const first = new WatchedReader(repository, 12, () => {
      reached.resolve();
      return dead.promise;
    });
    const lost = verify(repository, first, job).catch((thrown: unknown) => thrown);
    await reached.promise;
    const second = new WatchedReader(repository);
    await verify(repository, second, { ...job, attempt: 2 });
    dead.reject(new Error('back from the dead'));
    expect(await lost).toBeInstanceOf(Error);

    const checks = await standing(repository);
    expect(checks.map(({ name }) => name)).toEqual(numbered(0, 24));
    expect(checks.filter(({ verdict }) => verdict !== 'sound').map(({ name, verdict }) => [name, verdict])).toEqual([
      ['p20', 'altered'],
    ]);
    expect(checks.every(({ state }) => state === 'done')).toBe(true);
    const again = checks.filter(({ attempt }) => attempt === 2).map(({ name }) => name);
    expect(second.paths.toSorted()).toEqual(again.toSorted());
    expect(again).toEqual(expect.arrayContaining(numbered(11, 24)));
  });

  test('is known to live as long as it does, with all that it has begun', async () => {
    const { repository } = await filled(24);
    const goOn = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const reader = new WatchedReader(repository, 12, async (read) => {
      reached.resolve();
      await goOn.promise;
      return read();
    });
    const pass = verify(repository, reader);
    await reached.promise;
    const running = `FROM backup_check c JOIN recovery_point p ON p.id = c.point_id
                      WHERE p.repository_id = $1 AND c.state = 'running'`;
    const begun = await world.deps.db.execute(
      `UPDATE backup_check SET heartbeat_at = now() - interval '50 seconds' WHERE id IN (SELECT c.id ${running})`,
      [repository.id],
    );
    expect(begun).toBeGreaterThan(1);
    await eventually('all that is begun is alive', 20, async () => {
      const silent = await world.deps.db.rows(`SELECT ${running} AND c.heartbeat_at < now() - interval '40 seconds'`, [
        repository.id,
      ]);
      return silent.length === 0 || undefined;
    });
    goOn.resolve();
    expect(await pass).toMatchObject({ checked: 24, sound: 24 });
  });
});

describe('a pass that is stopped', () => {
  test('records what it has read and gives back the rest, which somebody else reads', async () => {
    const { repository } = await filled(24);
    const stop = new AbortController();
    const first = new WatchedReader(repository, 12, (read) => {
      stop.abort(new Error('the service ends'));
      return read();
    });
    await expect(verify(repository, first, { ...newJob(), signal: stop.signal })).rejects.toThrow('the service ends');
    const after = await standing(repository);
    expect(after.slice(0, 11).every(({ state, verdict }) => state === 'done' && verdict === 'sound')).toBe(true);
    expect(after[11]).toMatchObject({ verdict: null, state: 'failed', failure_code: 'aborted' });
    expect(after.slice(12).map(({ state, verdict }) => [state, verdict])).toEqual(
      numbered(12, 24).map(() => [null, null]),
    );
    const second = new WatchedReader(repository);
    expect(await verify(repository, second)).toMatchObject({ checked: 13, sound: 13 });
    expect(second.paths).toEqual(numbered(11, 24));
  });

  test('because its repository went away concludes nothing of what it saw then', async () => {
    const { repository } = await filled(24);
    const away = `${repository.root}.away`;
    const reader = new WatchedReader(repository, 12, async (read) => {
      await rename(repository.root, away);
      await mkdir(repository.root);
      return read();
    });
    await expect(verify(repository, reader)).rejects.toMatchObject({ code: 'repository-unavailable' });
    const after = await standing(repository);
    expect(after.filter(({ verdict }) => verdict !== null && verdict !== 'sound')).toEqual([]);
    expect(after.filter(({ state }) => state === 'running')).toEqual([]);
    expect(after[11]).toMatchObject({ verdict: null, state: 'failed', failure_code: 'repository-unavailable' });
    await rm(repository.root, { recursive: true });
    await rename(away, repository.root);
    const left = after.filter(({ verdict }) => verdict === null).length;
    expect(await verify(repository, new WatchedReader(repository))).toMatchObject({ checked: left, sound: left });
  });
});

describe('one point of a batch', () => {
  test('that changed meanwhile gets no verdict, the others get theirs', async () => {
    const { repository, points } = await filled(24);
    const reader = new WatchedReader(repository, 12, async (read) => {
      await world.deps.db.execute(`UPDATE recovery_point SET marks = sha256('other') WHERE id = $1`, [points[11]?.id]);
      return read();
    });
    await expect(verify(repository, reader)).rejects.toMatchObject({
      code: 'checks-failed',
      message: expect.stringMatching(/^1 .* 23 were$/),
    });
    const after = await standing(repository);
    expect(after.filter(({ verdict }) => verdict !== 'sound')).toMatchObject([
      { name: 'p11', verdict: null, state: 'failed', failure_code: 'point-changed' },
    ]);
  });

  test('whose result cannot be recorded keeps no other from being recorded', async () => {
    const { repository } = await filled(24);
    const message = 'a message that no database takes: \0';
    const reader = new WatchedReader(repository, 12, async (read) => {
      const result = await read();
      return { ...result, verdict: 'damaged', findings: [{ kind: 'corrupt', file: result.path, message }] };
    });
    await expect(verify(repository, reader)).rejects.toMatchObject({ code: 'checks-failed' });
    const after = await standing(repository);
    expect(after.filter(({ verdict }) => verdict !== 'sound')).toMatchObject([
      { name: 'p11', verdict: null, state: 'failed' },
    ]);
  });

  test('is held against those that were read a moment before', async () => {
    const day = (index: number) => ({ taken_at: `2026-11-${String(10 + index).padStart(2, '0')}T00:00:00Z` });
    const { repository, points } = await filled(8, day);
    // The last one to be read is far smaller than those before it.
    const small = points[7] as RecoveryPoint;
    const content = noise(20, 1);
    await writeFile(join(repository.root, 'p7'), content);
    await world.deps.db.execute('UPDATE recovery_point SET digest = $2 WHERE id = $1', [
      small.id,
      createHash('sha256').update(content).digest('hex'),
    ]);
    await world.relist(small);
    await world.deps.db.execute('UPDATE recovery_point SET verdict = NULL, verdict_at = NULL WHERE id = $1', [
      small.id,
    ]);
    expect(await verify(repository, new WatchedReader(repository))).toMatchObject({ checked: 8, sound: 7 });
    expect(await world.refreshed(small)).toMatchObject({ verdict: 'suspect' });
  });
});
