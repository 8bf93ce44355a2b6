import { mkdir, mkdtemp, realpath, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectRepository } from '../../../src/backups/external/connect.ts';
import { requireAvailable } from '../../../src/backups/repository.identity.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { auditOf } from '../../people/cast.ts';
import { testLog } from '../../support/log.ts';
import { NO_REMOTE } from '../support/no-remote.ts';
import { useSetsWorld } from './support.ts';

const world = useSetsWorld();
let base: string;
let root: string;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'muster-repositories-')));
});
afterAll(() => rm(base, { recursive: true, force: true }));
beforeEach(async () => {
  root = join(base, newId());
  await mkdir(root);
});

const connect = (repositoryId: string, acceptIdentity = false) =>
  connectRepository(
    { db: world.database.db, log: testLog, remote: NO_REMOTE },
    { repositoryId, acceptIdentity },
    new AbortController().signal,
  );
const stored = (id: string) => repositoryById(world.database.db, id);
const waiting = (id: string) =>
  world.database.db.rows<{ name: string; data: unknown }>(
    `SELECT name, data FROM pgboss.job WHERE data->>'repositoryId' = $1 AND state = 'created' ORDER BY created_on`,
    [id],
  );

describe('a new repository', () => {
  test('is unavailable until a worker of its tag has tested it, and says so', async () => {
    const id = await world.repository({ root, workerTag: 'vault-1' });
    expect(await world.get(`/repositories/${id}`)).toMatchObject({
      identity: null,
      identityKind: 'filesystem',
      tested: null,
      seenAt: null,
      unavailable: { reason: expect.stringContaining('not connected yet') },
    });
    expect(await waiting(id)).toEqual([
      { name: 'backup.connect/vault-1', data: { repositoryId: id, acceptIdentity: false } },
    ]);
    await expect(requireAvailable(await stored(id))).rejects.toMatchObject({ code: 'repository-unavailable' });
  });

  test('is available once it was found, and the audit trail says what it was told by', async () => {
    const id = await world.repository({ root, writable: true });
    await connect(id);
    const found = await world.get(`/repositories/${id}`);
    expect(found).toMatchObject({
      unavailable: null,
      tested: { failure: null },
      seenAt: expect.any(String),
      version: 1,
    });
    await requireAvailable(await stored(id));
    expect((await auditOf(world.database.db, 'repository', id)).map(({ action }) => action)).toEqual([
      'repository.create',
      'repository.connect',
    ]);
    expect((await auditOf(world.database.db, 'repository', id))[1]?.details.identity).toBe(found.identity);
  });

  test('that is not there says what is wrong, and is found when it comes', async () => {
    await rm(root, { recursive: true });
    const id = await world.repository({ root });
    await connect(id);
    expect(await world.get(`/repositories/${id}`)).toMatchObject({
      tested: { failure: { code: 'not-there', message: expect.stringContaining(root) } },
      unavailable: { reason: expect.stringContaining('is not there') },
    });
    await mkdir(root);
    await connect(id);
    expect(await world.get(`/repositories/${id}`)).toMatchObject({ unavailable: null, tested: { failure: null } });
  });

  test('that is the directory of another one is refused, whichever way they are told', async () => {
    const first = await world.repository({ root, name: `first ${newId()}` });
    await connect(first);
    const second = await world.repository({ root });
    await connect(second);
    expect(await world.get(`/repositories/${second}`)).toMatchObject({
      identity: null,
      tested: { failure: { code: 'another-repository', message: expect.stringContaining('of the repository first') } },
    });
    await world.retire(`/repositories/${first}`, 1);
    await connect(second);
    expect((await stored(second)).unavailable).toBeUndefined();
  });

  test.each([
    ['root', 'srv/backups'],
    ['root', '/srv/../etc'],
    ['root', '/srv//backups'],
    ['root', '/srv/backups/'],
    ['root', '/srv/\nbackups'],
    ['workerTag', 'Vault'],
    ['workerTag', '-vault'],
    ['readersMax', 0],
    ['readersMax', 17],
    ['bytesPerSecondMax', 65_535],
  ])('is refused with %s = %j, naming the field', async (field, value) => {
    const wanted = { name: `repository ${newId()}`, root: '/srv/backups', [field]: value };
    const { fields } = await world.post('/repositories', wanted, 400);
    expect(fields).toEqual([expect.objectContaining({ field: `#/${field}` })]);
  });

  test('stands at a location in use only, and has a name of its own', async () => {
    const locationId = newId();
    await world.database.db.execute(
      `INSERT INTO location (id, code, name, kind, retired_at, retired_reason)
       VALUES ($1, $2, 'gone', 'site', now(), 'sold')`,
      [locationId, `L${locationId.slice(-8)}`],
    );
    const name = `repository ${newId()}`;
    for (const wrong of [locationId, newId()]) {
      const refused = await world.post('/repositories', { name, root, locationId: wrong }, 422);
      expect(refused.fields).toEqual([expect.objectContaining({ field: '#/locationId' })]);
    }
    await world.repository({ name });
    const taken = await world.post('/repositories', { name, root }, 409);
    expect(taken).toMatchObject({ code: 'repository-name-taken', fields: [{ field: '#/name' }] });
  });
});

describe('a change of a repository', () => {
  test('of its root is tested anew, and must find the same directory', async () => {
    const id = await world.repository({ root });
    await connect(id);
    const before = await stored(id);
    const moved = `${root}-moved`;
    await rename(root, moved);
    const changed = await world.patch(`/repositories/${id}`, 1, { root: moved });
    expect(changed).toMatchObject({ version: 2, unavailable: { reason: expect.stringContaining('not connected') } });
    expect(changed.identity).toBe(before.identity);
    await connect(id);
    const elsewhere = await world.get(`/repositories/${id}`);
    expect(elsewhere).toMatchObject({ tested: { failure: { code: 'another-directory' } } });
    await connect(id, true);
    expect(await world.get(`/repositories/${id}`)).toMatchObject({ unavailable: null, tested: { failure: null } });
  });

  test('of anything else leaves it as available as it was', async () => {
    const id = await world.repository({ root });
    await connect(id);
    expect(await world.patch(`/repositories/${id}`, 1, { readersMax: 4, bytesPerSecondMax: 65_536 })).toMatchObject({
      readersMax: 4,
      bytesPerSecondMax: 65_536,
      unavailable: null,
    });
    expect(await waiting(id)).toHaveLength(1);
  });

  test('of its right to write has it told in the other way', async () => {
    const id = await world.repository({ root });
    await connect(id);
    expect(await world.patch(`/repositories/${id}`, 1, { writable: true })).toMatchObject({
      identityKind: 'sentinel',
      identity: null,
    });
    await connect(id);
    expect((await stored(id)).unavailable).toBeUndefined();
  });

  test('while a test was under way is not overruled by what that test has found', async () => {
    const id = await world.repository({ root });
    const late = stored(id);
    await late;
    await world.patch(`/repositories/${id}`, 1, { root: `${root}-2` });
    const { recordConnected } = await import('../../../src/backups/external/repository.store.ts');
    const asItWas = await late;
    const recorded = await world.database.db.transaction((tx) => recordConnected(tx, asItWas, 'found too late'));
    expect(recorded).toBe(false);
    expect((await stored(id)).identity).toBeUndefined();
  });

  test('of Muster’s own repository may not move it', async () => {
    const { repositoryId } = await world.ownSet();
    for (const change of [{ root: '/elsewhere' }, { writable: false }, { workerTag: 'other' }]) {
      const refused = await world.patch(`/repositories/${repositoryId}`, 1, change, 409);
      expect(refused.code).toBe('system-repository');
    }
    await world.patch(`/repositories/${repositoryId}`, 1, { readersMax: 2 });
    const order = { acceptIdentity: true, reason: 'no' };
    expect((await world.post(`/repositories/${repositoryId}/test`, order, 409)).code).toBe('system-repository');
  });

  test('by two at once is made by one of them', async () => {
    const id = await world.repository({ root });
    const both = ['a', 'b'].map((letter) =>
      world.api
        .request('patch', `/api/v1/repositories/${id}`)
        .set('If-Match', '"1"')
        .send({ name: `${letter} ${newId()}` }),
    );
    expect((await Promise.all(both)).map(({ status }) => status).toSorted()).toEqual([200, 412]);
  });
});

describe('the order of a connection test', () => {
  test('is one job while it waits, and needs a reason to accept another directory', async () => {
    const id = await world.repository({ root });
    const first = await world.post(`/repositories/${id}/test`, {}, 202);
    expect(await world.post(`/repositories/${id}/test`, {}, 202)).toEqual(first);
    const refused = await world.post(`/repositories/${id}/test`, { acceptIdentity: true }, 400);
    expect(refused.fields).toEqual([expect.objectContaining({ field: '#/reason' })]);
    const reason = 'the disk was replaced';
    const accepting = await world.post(`/repositories/${id}/test`, { acceptIdentity: true, reason }, 202);
    expect(accepting.jobId).not.toBe(first.jobId);
    const orders = (await auditOf(world.database.db, 'repository', id)).filter(({ action }) => action.endsWith('test'));
    expect(orders.at(-1)?.details).toEqual({ jobId: accepting.jobId, acceptIdentity: true, reason });
  });

  test('is carried out by a worker', async () => {
    const id = await world.repository({ root });
    const stop = new AbortController();
    const workers = await world.queue.startWorkers({ tags: ['default'], signal: stop.signal });
    await expect.poll(async () => (await stored(id)).identity, { timeout: 20_000 }).toContain('inode');
    stop.abort();
    await workers.stop();
  });
});

describe('the end of a repository', () => {
  test('comes when no set in use lies there any more, and is final', async () => {
    const set = await world.set();
    const at = `/repositories/${set.repositoryId}`;
    const refused = await world.retire(at, 1, 409);
    expect(refused).toMatchObject({ code: 'repository-in-use', detail: expect.stringContaining(set.name) });
    await world.retire(`/backup-sets/${set.id}`, 1);
    expect(await world.retire(at, 1)).toMatchObject({ retired: { reason: 'not used any more' }, version: 2 });
    expect((await world.patch(at, 2, { readersMax: 2 }, 409)).code).toBe('repository-retired');
    expect((await world.post(`${at}/test`, {}, 409)).code).toBe('repository-retired');
  });
});
