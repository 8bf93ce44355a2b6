import { createHash } from 'node:crypto';
import { renameSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BackupSet, RecoveryPoint, Repository } from '../../../src/backups/backup-catalogue.ts';
import { checkExternalPoint } from '../../../src/backups/external/check-external.ts';
import { RepositoryReader } from '../../../src/backups/external/repository-reader.ts';
import { listChecks } from '../../../src/backups/run.queries.ts';
import { noise } from '../../verification/support/point-making.ts';
import { tarOf } from '../../verification/support/tar-making.ts';
import { newJob } from '../support/backup-world.ts';
import { useVerificationWorld } from './support/verification-world.ts';

const world = useVerificationWorld();
let repository: Repository;

beforeAll(async () => {
  repository = await world.newRepository();
});

const at = (name: string) => join(repository.root, name);
const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');

/** A reader before whose first read something happens, and something else before the second. */
class DisturbedReader extends RepositoryReader {
  readonly #steps: (() => unknown)[];

  constructor(...steps: (() => unknown)[]) {
    super(repository, []);
    this.#steps = steps;
  }

  override async verify(...given: Parameters<RepositoryReader['verify']>) {
    await this.#steps.shift()?.();
    return super.verify(...given);
  }
}

async function checkThrough(reader: RepositoryReader, set: BackupSet, point: RecoveryPoint) {
  try {
    const subject = { set, repository, point: await world.refreshed(point) };
    return await checkExternalPoint(world.deps, subject, { ...newJob(), reader }, { reason: 'order', retryPauseMs: 0 });
  } finally {
    await reader.close();
  }
}

describe('a directory', () => {
  test('that a list inside vouches for is compared with it, and its digest is that of the list of its files', async () => {
    const set = await world.newSet(repository, { layout: 'directory', digest_source: 'manifest' });
    await mkdir(at('a'));
    const [one, two] = [noise(10_000, 1), noise(12_000, 2)];
    await writeFile(at('a/one'), one);
    await writeFile(at('a/two'), two);
    const list = `${sha256(one)}  one\n${sha256(two)}  two\n`;
    await writeFile(at('a/SHA256SUMS'), list);
    const point = await world.register(set, 'a');
    const whole = await world.check(point);
    expect(whole).toMatchObject({ verdict: 'sound', level: 'digest', findings: [] });
    const { digest, digestOrigin } = await world.refreshed(point);
    const files = [
      ['a/SHA256SUMS', list],
      ['a/one', one],
      ['a/two', two],
    ] as const;
    expect(digest).toBe(sha256(files.map(([path, bytes]) => `${sha256(bytes)}  ${path}\n`).join('')));
    expect(digestOrigin).toBe('manifest');
    await writeFile(at('a/two'), noise(12_000, 3));
    expect(await world.check(point)).toMatchObject({
      verdict: 'altered',
      findings: [{ kind: 'altered', file: 'a/two' }],
    });
  });

  test('that is a bag is checked as one, named by its place, and every file of it is on record afterwards', async () => {
    const set = await world.newSet(repository, { layout: 'directory', expected_format: 'bag' });
    await mkdir(at('b/data'), { recursive: true });
    const payload = noise(8000, 4);
    await writeFile(at('b/data/payload'), payload);
    await writeFile(at('b/bagit.txt'), 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n');
    await writeFile(at('b/manifest-sha256.txt'), `${sha256(payload)}  data/payload\n`);
    const point = await world.register(set, 'b');
    expect(await world.check(point)).toMatchObject({ verdict: 'sound', format: 'bag', findings: [] });
    const digests = await world.deps.db.rows<{ path: string; digest: string }>(
      'SELECT path, digest FROM recovery_point_file WHERE point_id = $1 ORDER BY path',
      [point.id],
    );
    expect(digests.map(({ path, digest }) => [path, digest.length])).toEqual([
      ['b/bagit.txt', 64],
      ['b/data/payload', 64],
      ['b/manifest-sha256.txt', 64],
    ]);
    // Whoever changes the manifest with the payload is found by what is on record.
    const forged = noise(8000, 5);
    await writeFile(at('b/data/payload'), forged);
    await writeFile(at('b/manifest-sha256.txt'), `${sha256(forged)}  data/payload\n`);
    const check = await world.check(point);
    expect(check.verdict).toBe('altered');
    expect(check.findings.map(({ file }) => file).toSorted()).toEqual(['b/data/payload', 'b/manifest-sha256.txt']);
    await rm(at('b/data/payload'));
    const gone = await world.check(point);
    expect(gone.findings).toContainEqual(expect.objectContaining({ kind: 'missing', file: 'b/data/payload' }));
  });
});

describe('several files of one time', () => {
  test('are one point: all of them must be there and sound', async () => {
    const set = await world.newSet(repository, { layout: 'files', pattern: 'c-%Y%m%d.*' });
    await writeFile(at('c-20261120.tar'), tarOf({ path: 'a', data: 'x' }));
    await writeFile(at('c-20261120.bin'), noise(4000, 1));
    const columns = { size_bytes: 5000, file_count: 2, name: 'c-20261120.*', marks: null };
    const point = await world.register(set, 'c-20261120.tar', columns);
    await world.deps.db.execute(
      `INSERT INTO recovery_point_file (point_id, path, size_bytes) VALUES ($1, 'c-20261120.bin', 4000)`,
      [point.id],
    );
    expect(await world.check(point)).toMatchObject({ verdict: 'unverifiable', filesChecked: 2, format: 'mixed' });
    expect(await world.check(point)).toMatchObject({ verdict: 'sound', filesChecked: 2 });
    await rm(at('c-20261120.bin'));
    const check = await world.check(point);
    expect(check).toMatchObject({ verdict: 'missing', level: 'structure' });
    expect(check.findings).toMatchObject([{ kind: 'missing', file: 'c-20261120.bin' }]);
    expect(await world.refreshed(point)).toMatchObject({ verdict: 'missing', state: 'present' });
  });
});

describe('a passing fault', () => {
  test('is no finding when reading again shows the file', async () => {
    const set = await world.newSet(repository);
    await writeFile(at('d.tar'), tarOf({ path: 'a', data: 'x' }));
    const point = await world.register(set, 'd.tar');
    const away = () => renameSync(at('d.tar'), at('d.aside'));
    const back = () => renameSync(at('d.aside'), at('d.tar'));
    expect(await checkThrough(new DisturbedReader(away, back), set, point)).toMatchObject({
      verdict: 'sound',
      findings: [],
    });
    const gone = await checkThrough(new DisturbedReader(away), set, point);
    expect(gone).toMatchObject({ verdict: 'missing', findings: [{ kind: 'missing', file: 'd.tar' }] });
  });

  test('of a point that changes while it is checked makes the check void, and the point keeps its verdict', async () => {
    const set = await world.newSet(repository);
    await writeFile(at('e.tar'), tarOf({ path: 'a', data: 'x' }));
    const point = await world.register(set, 'e.tar');
    const relisted = () =>
      world.deps.db.execute(`UPDATE recovery_point SET marks = sha256('other') WHERE id = $1`, [point.id]);
    await expect(checkThrough(new DisturbedReader(relisted), set, point)).rejects.toMatchObject({
      code: 'point-changed',
    });
    expect((await world.refreshed(point)).verdict).toBeUndefined();
    const [check] = await listChecks(world.deps.db, point.id, { limit: 1 });
    expect(check).toMatchObject({ state: 'failed', failure: { code: 'point-changed' } });
  });
});
