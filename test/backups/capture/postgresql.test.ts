import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { takeBackup } from '../../../src/backups/backup.service.ts';
import { backupSetById } from '../../../src/backups/backup-set.queries.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { type ExternalServer, startExternalServer } from '../../system/external-server.ts';
import { newJob } from '../support/backup-world.ts';
import { useCaptureWorld } from './support/capture-world.ts';

const world = useCaptureWorld();

/** A server of somebody else, with one database `orders` of a role of that name. */
function useServer(binDirectory?: string) {
  let root = '';
  let server: ExternalServer | undefined;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'muster-pg-'));
    server = await startExternalServer({ root }, binDirectory);
    await server.makeDatabase('orders', 'REPLICATION');
    await server.query('orders', 'CREATE TABLE item AS SELECT n FROM generate_series(1, 500) n');
    await server.query('orders', 'ALTER TABLE item OWNER TO orders');
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    await rm(root, { recursive: true, force: true });
  });
  return {
    query: (sql: string) => server?.query('orders', sql),
    source: (more: object = {}) => ({
      ...({
        type: 'postgresql',
        host: '127.0.0.1',
        port: server?.port ?? 0,
        database: 'orders',
        user: 'orders',
      } as const),
      ...({ sslMode: 'disable', ...more } as const),
    }),
  };
}

const PASSWORD = 'pass-orders';

async function recordOf(set: { repositoryId: string }, { name }: { name: string }) {
  const { root } = await repositoryById(world.database.db, set.repositoryId);
  return {
    files: (await readdir(join(root, name))).toSorted(),
    record: JSON.parse(await readFile(join(root, name, 'record.json'), 'utf8')),
  };
}

describe('a PostgreSQL server', { timeout: 120_000 }, () => {
  const server = useServer();

  test('is taken as a base backup, at a rate, with the password that was given once', async () => {
    const set = await world.newSet(server.source(), { password: PASSWORD, bytesPerSecondMax: 1_000_000_000 });
    expect(set.capture).toMatchObject({ hasPassword: true, source: { method: 'auto', excludedTables: [] } });

    const point = await world.take(set);

    expect(point).toMatchObject({ method: 'base-backup', own: true, verdict: 'sound', verifiedLevel: 'content' });
    const { files, record } = await recordOf(set, point);
    expect(files).toEqual(['backup_manifest', 'base.tar.zst', 'manifest.json', 'record.json', 'wal.tar.zst']);
    expect(record).toMatchObject({
      ...{ format: 'muster-recovery-point/1', set: set.name, database: 'orders' },
      tables: [{ schema: 'public', name: 'item', rowCount: 500 }],
    });
    expect(await world.discover(set)).toMatchObject({ sets: [{ changed: { count: 0 }, missing: { count: 0 } }] });
  });

  test('gives nothing to a wrong password or none, and what it says tells none', async () => {
    const set = await world.newSet(server.source(), { password: 'not-that-one' });
    const refused = await world.take(set).catch((thrown: unknown) => thrown);
    expect(String(refused)).toMatch(/password authentication failed/);
    expect(String(refused)).not.toContain('not-that-one');
    const { root } = await repositoryById(world.database.db, set.repositoryId);
    expect(await readdir(join(root, set.name)).catch(() => [])).toEqual([]);
  });

  test('is not reached where no administrator has allowed it', async () => {
    const set = await world.newSet(server.source(), { password: PASSWORD });
    const capture = { ...world.deps.capture, egress: createEgress({ allowList: ['postgresql://db.example.com'] }) };
    await expect(takeBackup({ ...world.deps, capture }, set.id, newJob())).rejects.toMatchObject({
      ...{ kind: 'forbidden', code: 'egress-refused' },
      message: expect.stringContaining('MUSTER_EGRESS_ALLOW'),
    });
  });

  test('of which only a dump is wanted says what is missing for one, or that it keeps to no rate', async () => {
    const set = await world.newSet(server.source({ method: 'dump' }), { password: PASSWORD });
    const fitting = existsSync('/usr/lib/postgresql/18/bin/pg_dump');
    const point = await world.take(set).catch((thrown: unknown) => thrown);
    if (fitting) expect(point).toMatchObject({ method: 'pg-dump' });
    else
      expect(point).toMatchObject({ code: 'no-capture-method', message: expect.stringMatching(/for a dump: pg_dump/) });
  });
});

const OLDER = '/usr/lib/postgresql/15/bin';

// Without Debian's packages postgresql-15 and postgresql-client-15 there is no server to dump here.
describe.skipIf(!existsSync(join(OLDER, 'pg_dump')))('a PostgreSQL 15', { timeout: 120_000 }, () => {
  const server = useServer(OLDER);

  test('is dumped where that is wanted, by a name of which only one address answers, and the dump is read back', async () => {
    const source = server.source({ method: 'dump', host: 'localhost' });
    const set = await world.newSet(source, { password: PASSWORD });
    const point = await world.take(set);
    expect(point).toMatchObject({ method: 'pg-dump', own: true, verdict: 'sound' });
    const { files, record } = await recordOf(set, point);
    expect(files).toEqual(['database.dump', 'manifest.json', 'record.json']);
    expect(record).toMatchObject({ method: 'pg-dump', tables: [{ name: 'item', rowCount: 500 }] });
  });

  test('is not taken faster than it may be: where only a dump is possible, a rate is refused', async () => {
    const set = await world.newSet(server.source(), { password: PASSWORD, bytesPerSecondMax: 1_000_000 });
    await server.query('ALTER ROLE orders NOREPLICATION');
    await expect(world.take(set)).rejects.toMatchObject({ kind: 'unprocessable', code: 'rate-not-possible' });
  });
});

const SOURCE = { type: 'postgresql', host: 'db.example.com', database: 'orders', user: 'backup' } as const;

const patch = (id: string, version: number, body: object, expected = 200) =>
  world.api.request('patch', `/api/v1/captured-sets/${id}`).set('If-Match', `"${version}"`).send(body).expect(expected);

test('a password is in no answer, no log, no audit entry and no row, however it was given', async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(bytes, _encoding, done) {
      lines.push(String(bytes));
      done();
    },
  });
  const log = pino({ level: 'trace' }, sink);
  const secrets = ['opensesame-1', 'opensesame-2'];
  const set = await world.newSet(SOURCE, { password: secrets[0] });
  const app = supertest(world.api.variant({ log }));
  const send = (method: 'get' | 'patch' | 'post', path: string) =>
    app[method](`/api/v1${path}`).set('Authorization', world.api.admin.bearer).set('Idempotency-Key', newId());
  const answers = [
    await send('patch', `/captured-sets/${set.id}`).set('If-Match', '"1"').send({ password: secrets[1] }),
    await send('get', `/backup-sets/${set.id}`),
    await send('get', '/backup-sets'),
    await send('post', '/captured-sets').send({ name: 'UPPER', source: { ...SOURCE, port: -1 }, password: secrets[0] }),
    await send('patch', `/captured-sets/${set.id}`).set('If-Match', '"2"').send({ password: 7 }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 400, 400]);
  await takeBackup({ ...world.deps, log }, set.id, newJob()).catch(() => {});
  const db = world.database.db;
  const rows = await Promise.all(
    ['backup_set', 'audit_entry', 'backup_capture', 'idempotency_record'].map((table) =>
      db.rows(`SELECT t::text FROM ${table} t`),
    ),
  );
  expect(JSON.stringify(rows)).toContain(set.name);
  const everything = [...answers.map(({ text }) => text), ...lines, JSON.stringify(rows)].join('\n');
  for (const secret of secrets) {
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(Buffer.from(secret).toString('hex'));
  }
  const [entry] = await db.rows<{ details: object }>(
    "SELECT details FROM audit_entry WHERE subject_id = $1 AND action = 'backup-set.update'",
    [set.id],
  );
  expect(entry?.details).toMatchObject({ password: 'given' });
});

test('a password is not sent to another login than that it was given for, unless it is given again', async () => {
  const set = await world.newSet(SOURCE, { password: 'opensesame' });
  for (const other of [{ host: 'evil.example.com' }, { port: 5433 }, { user: 'postgres' }, { sslMode: 'disable' }]) {
    const { body } = await patch(set.id, 1, { source: { ...SOURCE, ...other } }, 400);
    expect(body).toMatchObject({ code: 'password-to-be-given-again', fields: [{ field: '#/password' }] });
  }
  await patch(set.id, 1, { source: { ...SOURCE, database: 'archive' } });
  await patch(set.id, 2, { source: { ...SOURCE, host: 'other.example.com' }, password: 'another' });
  expect((await backupSetById(world.database.db, set.id)).capture?.hasPassword).toBe(true);
  await patch(set.id, 3, { password: null });
  expect((await backupSetById(world.database.db, set.id)).capture?.hasPassword).toBe(false);
  await patch(set.id, 4, { password: 'again' });
  await patch(set.id, 5, { source: { type: 'sqlite', path: '/srv/orders.sqlite' } });
  expect((await backupSetById(world.database.db, set.id)).capture?.hasPassword).toBe(false);
  const { body } = await patch(set.id, 6, { password: 'for nothing' }, 400);
  expect(body).toMatchObject({ code: 'password-not-asked-for', fields: [{ field: '#/password' }] });
});

test('what a PostgreSQL source cannot do is refused when it is asked for', async () => {
  const set = await world.newSet(SOURCE);
  const recipients = ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'];
  const encrypted = await patch(set.id, 1, { recipients }, 400);
  expect(encrypted.body).toMatchObject({ code: 'source-limits', fields: [{ field: '#/recipients' }] });
  const slow = { source: { ...SOURCE, method: 'dump' }, bytesPerSecondMax: 1_000_000 };
  const { body } = await patch(set.id, 1, slow, 400);
  expect(body).toMatchObject({ code: 'source-limits', fields: [{ field: '#/bytesPerSecondMax' }] });
});
