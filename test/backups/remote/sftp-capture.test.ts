import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { takeBackup } from '../../../src/backups/backup.service.ts';
import type { BackupSet, Repository } from '../../../src/backups/backup-catalogue.ts';
import { backupSetById } from '../../../src/backups/backup-set.queries.ts';
import { listPoints } from '../../../src/backups/catalogue.queries.ts';
import { connectRepository } from '../../../src/backups/external/connect.ts';
import { discoverExternal } from '../../../src/backups/external/discover-external.ts';
import { checkOrderedPoint } from '../../../src/backups/external/ordered-check.ts';
import { RepositoryLister } from '../../../src/backups/external/repository-lister.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { applyRetention } from '../../../src/backups/retention/retention.service.ts';
import { retentionPlan } from '../../../src/backups/retention/retention-plan.ts';
import { testLog } from '../../support/log.ts';
import { useCaptureWorld } from '../capture/support/capture-world.ts';
import { newJob } from '../support/backup-world.ts';
import { give, serveRepository } from './support/serve-repository.ts';
import { NO_SSHD } from './support/sshd.ts';
import { useSftp } from './support/use-sftp.ts';

describe.skipIf(NO_SSHD !== undefined)(`a capture over SFTP${NO_SSHD ?? ''}`, () => {
  const world = useCaptureWorld();
  const sftp = useSftp();
  let repository: Repository;
  let source: string;

  beforeEach(async () => {
    repository = await world.newRepository();
    await serveRepository(world.database.db, repository, sftp.sshd, sftp.line.port);
    source = await world.newDirectory();
    writeFileSync(join(source, 'a.bin'), randomBytes(1_000_000));
  });

  const deps = () => ({ ...world.deps, remote: sftp.remote });
  const newSet = (body = {}) =>
    world.newSet(
      { type: 'directory', path: source, format: 'tar.gz' },
      {
        repositoryId: repository.id,
        ...body,
      },
    );
  const take = (set: BackupSet) => takeBackup(deps(), set.id, newJob());
  const pointsOf = async (set: BackupSet) => listPoints(world.database.db, set.id, { limit: 10, after: undefined });
  const planOf = async (setId: string) => {
    const lines: string[] = [];
    for await (const { action, point, reason } of retentionPlan(
      world.database.db,
      await backupSetById(world.database.db, setId),
    ))
      lines.push(`${action} ${point.name}: ${reason}`);
    return lines;
  };
  const there = (set: BackupSet) => {
    const directory = join(repository.root, set.name);
    return existsSync(directory) ? readdirSync(directory) : [];
  };

  test('makes the point here, puts it there whole, and checks what the server gives back', async () => {
    const set = await newSet();
    const point = await take(set);
    expect(point).toMatchObject({ verdict: 'sound', own: true, method: 'directory', state: 'present' });
    const [name, ...others] = there(set);
    expect(others).toEqual([]);
    expect(point.name).toBe(`${set.name}/${name}`);
    expect(readdirSync(join(repository.root, point.name))).toContain('manifest.json');
    const found = await discoverExternal(
      { ...deps(), lister: new RepositoryLister() },
      await repositoryById(world.database.db, repository.id),
      new AbortController().signal,
    );
    expect(found).toMatchObject({ outcome: 'listed', sets: [{ registered: { count: 0 }, changed: { count: 0 } }] });
  });

  test('an upload that is cut in the middle goes on, and the point is sound', async () => {
    const set = await newSet();
    sftp.line.cutAfter(500_000, 'up');
    expect(await take(set)).toMatchObject({ verdict: 'sound' });
    expect(there(set)).toHaveLength(1);
    expect(sftp.line.connections()).toBeGreaterThan(1);
  });

  test('a server that goes away in the middle leaves no point, and no row of one', async () => {
    const set = await newSet();
    const cutting = setInterval(() => {
      if (there(set).length > 0) void sftp.line.refuse(true);
    }, 1);
    await expect(take(set)).rejects.toMatchObject({ code: 'repository-unavailable' });
    clearInterval(cutting);
    expect(there(set).filter((name) => !name.startsWith('.muster-part-'))).toEqual([]);
    expect(await pointsOf(set)).toEqual([]);
    await sftp.line.refuse(false);
    expect(await take(set)).toMatchObject({ verdict: 'sound' });
  });

  test('bytes that are wrong on the server are found: a check reads nothing that was left here', async () => {
    const set = await newSet();
    const point = await take(set);
    const directory = join(repository.root, point.name);
    const [archive = ''] = readdirSync(directory).filter((name) => name.endsWith('.tar.gz'));
    const bytes = readFileSync(join(directory, archive));
    bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
    writeFileSync(join(directory, archive), bytes);
    give(repository.root);
    expect(await checkOrderedPoint(deps(), set, point.id, newJob())).toMatchObject({ verdict: 'damaged' });
  });

  test('retention removes there what the policy drops, and nothing while a sound point is not in its place', async () => {
    const set = await newSet();
    const first = await take(set);
    const second = await take(set);
    await world.database.db.execute('UPDATE backup_set SET keep_points = 1 WHERE id = $1', [set.id]);
    const current = await repositoryById(world.database.db, repository.id);
    rmSync(join(repository.root, first.name, 'manifest.json'));
    expect(await applyRetention({ ...deps(), log: testLog }, set, current)).toEqual([]);
    expect(there(set)).toHaveLength(2);
    await world.database.db.execute(`UPDATE recovery_point SET verdict = 'damaged' WHERE id = $1`, [first.id]);
    // The plan says why, where it is another one.
    expect(await planOf(set.id)).toEqual([
      `keep ${second.name}: sound copy 1 of 1`,
      `drop ${first.name}: 1 younger point is sound, 1 is kept`,
    ]);
    expect(await applyRetention(deps(), set, current)).toEqual([first.name]);
    expect(there(set)).toEqual([second.name.split('/')[1]]);
  });

  test('the connection test of a place to write to writes, and says when it may not', async () => {
    const connect = async (acceptIdentity = false) => {
      await connectRepository(
        { ...deps() },
        { repositoryId: repository.id, acceptIdentity },
        new AbortController().signal,
      );
      return repositoryById(world.database.db, repository.id);
    };
    expect((await connect()).tested?.failure).toBeUndefined();
    expect(readdirSync(repository.root)).toEqual(['.muster-repository']);
    rmSync(join(repository.root, '.muster-repository'));
    expect((await connect()).tested?.failure?.code).toBe('another-directory');
    const anew = await connect(true);
    expect(anew.tested?.failure).toBeUndefined();
    expect(anew.identity).not.toBe(repository.identity);
  });
});
