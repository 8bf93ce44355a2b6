import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { connectRepository } from '../../../src/backups/external/connect.ts';
import type { RemoteMeans } from '../../../src/backups/remote/open-store.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { testLog } from '../../support/log.ts';
import { useSetsWorld } from '../external/support.ts';
import { NO_REMOTE } from '../support/no-remote.ts';
import { NO_SSHD } from './support/sshd.ts';
import { useSftp } from './support/use-sftp.ts';

const world = useSetsWorld();

const PLACE = {
  kind: 'sftp',
  host: 'backup.example.net',
  user: 'muster',
  path: '/srv/backups',
  hostKey: `SHA256:${'A'.repeat(43)}`,
};
const PASSWORD = 'correct horse battery staple';

const create = (body: object = {}, expected = 201) =>
  world.post(
    '/repositories',
    { name: `remote ${newId()}`, place: PLACE, credentials: { password: PASSWORD }, ...body },
    expected,
  );

test('a repository on an SFTP server is entered with its place; its credentials are sealed and never shown', async () => {
  const entered = await create();
  expect(entered).toMatchObject({
    kind: 'sftp',
    root: 'sftp://muster@backup.example.net/srv/backups',
    place: { ...PLACE, port: 22 },
    identityKind: 'place',
    identity: null,
    unavailable: { reason: expect.stringContaining('not connected yet') },
  });
  expect(JSON.stringify(entered)).not.toContain(PASSWORD);
  expect(JSON.stringify(await world.get(`/repositories/${entered.id}`))).not.toContain(PASSWORD);
  const [audited] = await world.database.db.rows<{ details: unknown }>(
    `SELECT details FROM audit_entry WHERE action = 'repository.create' AND subject_id = $1`,
    [entered.id],
  );
  expect(audited?.details).toMatchObject({ credentials: 'given', place: { host: PLACE.host } });
  const stored = await world.database.db.rows<{ row: string }>('SELECT repository::text AS row FROM repository');
  expect(JSON.stringify(stored)).not.toContain(PASSWORD);
});

test('one without a pinned host key, without credentials, or that is in two places is refused', async () => {
  const { hostKey: _, ...unpinned } = PLACE;
  await create({ place: unpinned }, 400);
  await create({ place: { ...PLACE, hostKey: 'MD5:00:11' } }, 400);
  await create({ credentials: undefined }, 400);
  await create({ root: '/srv/backups' }, 400);
  await create({ place: undefined }, 400);
  await create({ place: undefined, root: '/srv/backups' }, 400);
  await create({ credentials: { privateKey: 'not a key' } }, 400);
});

test('credentials are not sent to a server that they were not given for, and the kind stays', async () => {
  const { id } = await create();
  const path = `/repositories/${id}`;
  const elsewhere = { ...PLACE, port: 22, host: 'elsewhere.example.net' };
  expect(await world.patch(path, 1, { place: elsewhere }, 400)).toMatchObject({
    code: 'credentials-to-be-given-again',
  });
  const otherKey = { ...PLACE, port: 22, hostKey: `SHA256:${'B'.repeat(43)}` };
  expect(await world.patch(path, 1, { place: otherKey }, 400)).toMatchObject({ code: 'credentials-to-be-given-again' });
  expect(await world.patch(path, 1, { root: '/srv' }, 400)).toMatchObject({ code: 'repository-kind-fixed' });
  const moved = await world.patch(path, 1, { place: { ...PLACE, port: 22, path: '/srv/other' } });
  expect(moved).toMatchObject({ version: 2, root: 'sftp://muster@backup.example.net/srv/other' });
  const changed = await world.patch(path, 2, { place: elsewhere, credentials: { password: 'another one' } });
  expect(changed).toMatchObject({ version: 3, place: elsewhere });
  const local = await world.repository();
  expect(await world.patch(`/repositories/${local}`, 1, { place: PLACE }, 400)).toMatchObject({
    code: 'repository-kind-fixed',
  });
  expect(await world.patch(`/repositories/${local}`, 1, { credentials: { password: 'x' } }, 400)).toMatchObject({
    code: 'credentials-not-asked-for',
  });
});

const S3_PLACE = { kind: 's3', endpoint: 'https://s3.example.net', bucket: 'backups', prefix: 'muster' };
const S3_KEY = { accessKeyId: 'AKEY', secretAccessKey: PASSWORD };

test('a repository in an object store is entered with its place; its key is sealed and never shown', async () => {
  const entered = await create({ place: S3_PLACE, credentials: S3_KEY });
  expect(entered).toMatchObject({
    kind: 's3',
    root: 'https://s3.example.net/backups/muster',
    place: { ...S3_PLACE, region: 'us-east-1', pathStyle: true },
    identityKind: 'place',
  });
  expect(JSON.stringify(await world.get(`/repositories/${entered.id}`))).not.toContain(PASSWORD);
  await create({ place: { ...S3_PLACE, bucket: 'others' }, credentials: { ...S3_KEY, sessionToken: 'of the day' } });
  const stored = await world.database.db.rows<{ row: string }>('SELECT repository::text AS row FROM repository');
  expect(JSON.stringify(stored)).not.toContain(PASSWORD);
});

test.each([
  ['endpoint', { endpoint: 's3.example.net' }],
  ['endpoint', { endpoint: 'https://s3.example.net/path' }],
  ['endpoint', { endpoint: 'https://user:word@s3.example.net' }],
  ['endpoint', { endpoint: 'ftp://s3.example.net' }],
  ['endpoint', { endpoint: 'https://', pathStyle: false }],
  ['prefix', { prefix: '/muster' }],
  ['prefix', { prefix: 'a/../b' }],
  ['bucket', { bucket: 'a/b' }],
  ['region', { region: '' }],
  ['pathStyle', { endpoint: 'https://192.0.2.7', pathStyle: false }],
  ['pathStyle', { endpoint: 'https://[2001:db8::7]:9000', pathStyle: false }],
  ['pathStyle', { bucket: 'with.dots', pathStyle: false }],
])('of an object store, %s is refused, and named, in %j', async (field, change) => {
  const refused = await create({ place: { ...S3_PLACE, ...change }, credentials: S3_KEY }, 400);
  expect(JSON.stringify(refused)).toContain(`#/place/${field}`);
});

test('credentials are of the kind of the place, and those of an object store stay with its endpoint', async () => {
  const misfit = await create({ place: S3_PLACE }, 400);
  expect(JSON.stringify(misfit)).toContain('#/credentials');
  await create({ credentials: S3_KEY }, 400);
  const { id } = await create({ place: S3_PLACE, credentials: S3_KEY });
  const path = `/repositories/${id}`;
  const refused = (body: Record<string, unknown>) => world.patch(path, 1, body, 400);
  const elsewhere = { ...S3_PLACE, endpoint: 'https://elsewhere.example.net' };
  expect(await refused({ place: elsewhere })).toMatchObject({ code: 'credentials-to-be-given-again' });
  expect(await refused({ place: PLACE, credentials: { password: 'x' } })).toMatchObject({
    code: 'repository-kind-fixed',
  });
  expect(await refused({ credentials: { password: 'x' } })).toMatchObject({ code: 'credentials-of-other-kind' });
  expect(await world.patch(path, 1, { place: { ...S3_PLACE, prefix: 'other' } })).toMatchObject({
    root: 'https://s3.example.net/backups/other',
  });
  expect(await world.patch(path, 2, { place: elsewhere, credentials: S3_KEY })).toMatchObject({ version: 3 });
});

describe.skipIf(NO_SSHD !== undefined)(`a connection test over SFTP${NO_SSHD ?? ''}`, () => {
  const sftp = useSftp();

  afterEach(async () => {
    for (const name of readdirSync(sftp.sshd.root)) rmSync(join(sftp.sshd.root, name), { recursive: true });
    await world.database.db.execute(
      `UPDATE repository SET retired_at = now(), retired_reason = 'over' WHERE kind = 'sftp'`,
    );
  });

  async function tested(
    {
      place = {},
      privateKey = sftp.sshd.privateKey,
      ...body
    }: { place?: object; privateKey?: string; writable?: boolean } = {},
    means: Partial<RemoteMeans> = {},
  ) {
    const entered = await create({ place: { ...sftp.sshd.place, ...place }, credentials: { privateKey }, ...body });
    return retested(entered.id, false, means);
  }

  async function retested(repositoryId: string, acceptIdentity = false, means: Partial<RemoteMeans> = {}) {
    const deps = { db: world.database.db, log: testLog, remote: { ...sftp.remote, ...means } };
    await connectRepository(deps, { repositoryId, acceptIdentity }, new AbortController().signal);
    return repositoryById(world.database.db, repositoryId);
  }

  const codeOf = async (repository: ReturnType<typeof tested>) => (await repository).tested?.failure?.code;

  test('finds a read-only one by its host key and path, and writes nothing there', async () => {
    const repository = await tested();
    expect(repository).toMatchObject({
      identity: `${sftp.sshd.hostKey} ${sftp.sshd.root}`,
      unavailable: undefined,
      tested: { failure: undefined },
    });
    expect(readdirSync(sftp.sshd.root)).toEqual([]);
    expect(readdirSync(sftp.remote.spoolRoot)).toEqual([]);
  });

  test('says what is wrong: egress, host key, login, path, and the same place twice', async () => {
    const refused = await tested({}, { egress: NO_REMOTE.egress });
    expect(refused.tested?.failure?.message).toContain('MUSTER_EGRESS_ALLOW');
    expect(refused.tested?.failure?.code).toBe('egress-refused');
    const stranger = await tested({ place: { hostKey: PLACE.hostKey } });
    expect(stranger.tested?.failure?.code).toBe('host-key-differs');
    expect(stranger.tested?.failure?.message).toContain(PLACE.hostKey);
    expect(stranger.tested?.failure?.message).toContain(sftp.sshd.hostKey);
    expect(await codeOf(tested({ privateKey: sftp.sshd.wrongKey }))).toBe('authentication-refused');
    expect(await codeOf(tested({ place: { path: `${sftp.sshd.root}/none` } }))).toBe('not-there');
    expect(await codeOf(tested())).toBeUndefined();
    expect(await codeOf(tested())).toBe('another-repository');
  });

  test('says when nothing may be read there', async () => {
    writeFileSync(join(sftp.sshd.root, 'secret'), 'x', { mode: 0o600 });
    const isRoot = process.getuid?.() === 0;
    // Without another user the file is the own one.
    expect(await codeOf(tested())).toBe(isRoot ? 'no-permission-to-read' : undefined);
  });

  test('another path is another place until it is accepted', async () => {
    const { id } = await tested();
    const path = `${sftp.sshd.root}/below`;
    await world.patch(`/repositories/${id}`, 1, {
      place: { ...sftp.sshd.place, path: sftp.sshd.root.replace(/\/backups$/, '') },
    });
    expect(path).not.toBe(sftp.sshd.root);
    expect((await retested(id)).tested?.failure?.code).toBe('another-directory');
    expect((await retested(id, true)).tested?.failure).toBeUndefined();
  });
});
