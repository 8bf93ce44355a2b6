import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Repository } from '../../../src/backups/backup-catalogue.ts';
import { backupSetById } from '../../../src/backups/backup-set.queries.ts';
import { pointById } from '../../../src/backups/catalogue.queries.ts';
import { checkOrderedPoint } from '../../../src/backups/external/ordered-check.ts';
import { filesOfPoint } from '../../../src/backups/external/point-history.queries.ts';
import { verifyRepository } from '../../../src/backups/external/verify-repository.ts';
import type { RemoteMeans } from '../../../src/backups/remote/open-store.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { drained } from '../../../src/scheduling/job-run.ts';
import { FETCH_VERIFY_EXTRACT, useDrilling } from '../../drills/support/drilling.ts';
import { tarOf } from '../../verification/support/tar-making.ts';
import { useVerificationWorld } from '../external/support/verification-world.ts';
import { mountSmallDisk } from '../support/tmpfs.ts';
import { give, serveRepository } from './support/serve-repository.ts';
import { NO_SSHD } from './support/sshd.ts';
import { useSftp } from './support/use-sftp.ts';

/** Smaller than what is left to others of any disk. */
const smallDisk = mountSmallDisk(1024);

describe.skipIf(NO_SSHD !== undefined)(`a check over SFTP${NO_SSHD ?? ''}`, () => {
  const world = useVerificationWorld();
  const sftp = useSftp();
  const drilling = useDrilling(() => world.database.service);
  let repository: Repository;

  beforeEach(async () => {
    repository = await world.newRepository();
  });

  function lay(path: string, content: string | Buffer): void {
    const location = join(repository.root, path);
    mkdirSync(dirname(location), { recursive: true });
    writeFileSync(location, content);
    utimesSync(location, 1_700_000_000, 1_700_000_000);
  }

  /** Registers a point as it lies there, and has its repository be reached over the line that can fail. */
  async function served(name: string, columns = {}) {
    const set = await world.newSet(repository, columns);
    const point = await world.register(set, name);
    await serve();
    return point;
  }

  async function serve() {
    await serveRepository(world.database.db, repository, sftp.sshd, sftp.line.port);
    give(repository.root);
  }

  const newJob = () => ({ jobId: newId(), attempt: 1, signal: new AbortController().signal });

  async function check({ id }: { readonly id: string }, means: Partial<RemoteMeans> = {}) {
    const point = await pointById(world.database.db, id);
    const set = await backupSetById(world.database.db, point.setId);
    return checkOrderedPoint({ ...world.deps, remote: { ...sftp.remote, ...means } }, set, id, newJob());
  }

  test('reads a file in full and as deep as its format goes, and records its digest', async () => {
    const content = gzipSync(randomBytes(100_000));
    lay('db/app.gz', content);
    const point = await served('db/app.gz');
    expect(await check(point)).toMatchObject({ verdict: 'sound', format: 'gz', wasReadInFull: true });
    const digest = createHash('sha256').update(content).digest('hex');
    expect(await world.refreshed(point)).toMatchObject({ verdict: 'sound', digest, digestOrigin: 'first-read' });
  });

  test('can be a drill: the point is fetched into the sandbox, and comes back from there', async () => {
    lay('tree.tar.gz', gzipSync(tarOf({ path: 'etc/hosts', data: 'here' })));
    const { id, setId } = await served('tree.tar.gz');
    const { name } = await backupSetById(world.database.db, setId);
    const { run, said } = await drilling.drill(
      {
        recoveryPoint: { set: name, select: 'latest' },
        steps: FETCH_VERIFY_EXTRACT,
        validation: [{ check: 'files', required: ['etc/hosts'], count: 1 }],
      },
      { remote: sftp.remote },
    );
    expect(run).toMatchObject({ status: 'completed', validation: 'passed', recoveryPointId: id });
    expect(said.fetch).toMatch(/^1 files, /);
  });

  test('finds damage, by the path on the server', async () => {
    const content = gzipSync(randomBytes(50_000));
    content.writeUInt8(content.readUInt8(25_000) ^ 1, 25_000);
    lay('db/app.gz', content);
    const found = await check(await served('db/app.gz'));
    expect(found.verdict).toBe('damaged');
    expect(found.findings.map(({ file }) => file)).toEqual(['db/app.gz']);
    expect(JSON.stringify(found.findings)).not.toContain(sftp.remote.spoolRoot);
  });

  test('compares with the lists of digests that lie beside the files there', async () => {
    lay('app.bin', 'as it is');
    const digest = createHash('sha256').update('as it was').digest('hex');
    lay('SHA256SUMS', `${digest}  app.bin\n`);
    const found = await check(await served('app.bin', { digest_source: 'manifest' }));
    expect(found.findings).toMatchObject([{ kind: 'altered', file: 'app.bin' }]);
  });

  test('reads a directory with all that is below it', async () => {
    lay('full/data/a', 'a');
    lay('full/b', 'b');
    mkdirSync(join(repository.root, 'full/empty'));
    const digest = (text: string) => createHash('sha256').update(text).digest('hex');
    lay('full/SHA256SUMS', `${digest('a')}  data/a\n${digest('b')}  b\n`);
    const point = await served('full', { layout: 'directory', digest_source: 'manifest' });
    expect(await check(point)).toMatchObject({ verdict: 'sound', wasReadInFull: true });
    lay('full/b', 'c');
    give(repository.root);
    expect((await check(point)).findings).toMatchObject([{ kind: 'altered', file: 'full/b' }]);
  });

  test('says what is missing, and what may not be read', async () => {
    lay('gone.bin', 'x');
    lay('closed.bin', 'x');
    const gone = await served('gone.bin');
    const set = await backupSetById(world.database.db, gone.setId);
    await world.database.db.execute(
      `UPDATE repository SET kind = 'local', place = NULL, sealed_credentials = NULL,
      root = $2, identity_kind = 'filesystem' WHERE id = $1`,
      [repository.id, repository.root],
    );
    const closed = await world.register(set, 'closed.bin');
    await serve();
    rmSync(join(repository.root, 'gone.bin'));
    chmodSync(join(repository.root, 'closed.bin'), 0o000);
    expect(await check(gone)).toMatchObject({ verdict: 'missing' });
    expect(await check(closed)).toMatchObject({ verdict: 'unverifiable', findings: [{ kind: 'no-access' }] });
  });

  test('a connection that is cut in the middle of a file costs nothing but a new one', async () => {
    const content = gzipSync(randomBytes(2_000_000));
    lay('app.gz', content);
    const point = await served('app.gz');
    sftp.line.cutAfter(1_000_000, 'down');
    expect(await check(point)).toMatchObject({ verdict: 'sound' });
    expect(sftp.line.connections()).toBe(2);
  });

  test('a worker that stops leaves what it fetched, and the next attempt fetches the rest', async () => {
    lay('full/a', randomBytes(2_000_000));
    lay('full/b', randomBytes(8_000_000));
    lay('other.bin', 'x');
    const { db } = world.database;
    const other = await world.register(await world.newSet(repository), 'other.bin');
    const { id, setId } = await served('full', { layout: 'directory' });
    const set = await backupSetById(db, setId);
    const deps = { ...world.deps, remote: sftp.remote };
    const stopping = new AbortController();
    const jobId = newId();
    sftp.line.afterBytes(7_000_000, () => stopping.abort(drained()));
    const first = checkOrderedPoint(deps, set, id, { jobId, attempt: 1, signal: stopping.signal });
    await expect(first).rejects.toMatchObject({ code: 'worker-stopped' });
    expect(readdirSync(join(sftp.remote.spoolRoot, 'checks'))).toHaveLength(2);
    // Others are at work there meanwhile: they leave alone what is gone on with.
    expect(await check(other)).toMatchObject({ wasReadInFull: true });
    const before = sftp.line.carriedDown();
    const again = await checkOrderedPoint(deps, set, id, { ...newJob(), jobId, attempt: 2 });
    expect(again).toMatchObject({ verdict: 'unverifiable', wasReadInFull: true });
    expect(sftp.line.carriedDown() - before).toBeLessThan(7_000_000);
    const digest = createHash('sha256')
      .update(readFileSync(join(repository.root, 'full/b')))
      .digest('hex');
    expect((await filesOfPoint(db, id)).get('full/b')).toBe(digest);
  });

  test('what changed on the server meanwhile is fetched anew', async () => {
    lay('app.gz', gzipSync(randomBytes(2_000_000)));
    const { id, setId } = await served('app.gz');
    const set = await backupSetById(world.database.db, setId);
    const deps = { ...world.deps, remote: sftp.remote };
    const stopping = new AbortController();
    const jobId = newId();
    sftp.line.afterBytes(1_000_000, () => stopping.abort(drained()));
    const first = checkOrderedPoint(deps, set, id, { jobId, attempt: 1, signal: stopping.signal });
    await expect(first).rejects.toMatchObject({ code: 'worker-stopped' });
    lay('app.gz', gzipSync(randomBytes(2_100_000)));
    give(repository.root);
    // Half of the one and half of the other would be damaged.
    const again = await checkOrderedPoint(deps, set, id, { ...newJob(), jobId, attempt: 2 });
    expect(again).toMatchObject({ verdict: 'altered', wasReadInFull: true, findings: [{ kind: 'altered' }] });
  });

  test('a server that goes away says nothing about a backup, and the verdict stays', async () => {
    lay('app.gz', gzipSync(randomBytes(2_000_000)));
    const point = await served('app.gz');
    await check(point);
    const before = await world.refreshed(point);
    rmSync(join(repository.root, 'app.gz'));
    await sftp.line.refuse(true);
    await expect(check(point)).rejects.toMatchObject({ code: 'repository-unavailable' });
    expect(await world.refreshed(point)).toMatchObject({ verdict: 'sound', verdictAt: before.verdictAt });
  });

  test.skipIf(smallDisk === undefined)(
    'a point that is larger than the room for it cannot be verified, and says so',
    async () => {
      lay('app.bin', randomBytes(100_000));
      const point = await served('app.bin');
      const found = await check(point, { spoolRoot: join(smallDisk ?? '', 'spool') });
      expect(found.verdict).toBe('unverifiable');
      expect(found.findings[0]?.message).toContain('room for');
    },
  );

  test('a pass reads all that is due, one point after the other, and leaves nothing behind', async () => {
    for (const name of ['1.gz', '2.gz', '3.gz']) lay(name, gzipSync(randomBytes(10_000)));
    lay('2.gz', 'no gzip at all');
    const set = await world.newSet(repository, { full_read_days: 30 });
    const points = [];
    for (const name of ['1.gz', '2.gz', '3.gz']) points.push(await world.register(set, name));
    await serve();
    const pass = await verifyRepository({ ...world.deps, remote: sftp.remote }, repository.id, newJob());
    expect(pass).toEqual({ outcome: 'done', checked: 3, sound: 2 });
    const verdicts = await Promise.all(points.map(async (point) => (await world.refreshed(point)).verdict));
    expect(verdicts[0]).toBe('sound');
    expect(verdicts[1]).not.toBe('sound');
    expect(sftp.line.connections()).toBe(1);
  });
});
