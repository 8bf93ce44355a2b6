import { execFileSync, spawnSync } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { expect, test } from 'vitest';
import { checkBackups } from '../../../src/backups/backup.service.ts';
import type { BackupSet, RecoveryPoint } from '../../../src/backups/backup-catalogue.ts';
import { PointFile } from '../../../src/backups/capture/point-file.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { parseIdentities } from '../../../src/verification/age-identities.ts';
import { verifyRecoveryPoint } from '../../../src/verification/recovery-point.ts';
import { newJob } from '../support/backup-world.ts';
import { useCaptureWorld } from './support/capture-world.ts';

const world = useCaptureWorld();

async function newIdentity() {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

async function newDatabase(rows = 3): Promise<string> {
  const path = join(await world.newDirectory(), 'plain.sqlite');
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE page (body TEXT)');
  const insert = database.prepare('INSERT INTO page VALUES (?)');
  for (let row = 0; row < rows; row += 1) insert.run(`a text that nobody may read ${row}`);
  database.close();
  return path;
}

async function directoryOf(set: BackupSet, point: RecoveryPoint): Promise<string> {
  return join((await repositoryById(world.database.db, set.repositoryId)).root, point.name);
}

async function decrypt(path: string, identity: string): Promise<Buffer> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return Buffer.from(await decrypter.decrypt(await readFile(path)));
}

/** The check of a point that somebody orders. */
async function check(set: BackupSet, point: RecoveryPoint) {
  const [found] = await checkBackups(world.deps, { setId: set.id, pointId: point.id, budgetSeconds: 60 }, newJob());
  return found;
}

test('an encrypted point opens for each of its recipients and for nobody else, and is sound as far as one can see without a key', async () => {
  const [mine, other, stranger] = [await newIdentity(), await newIdentity(), await newIdentity()];
  const path = await newDatabase();
  const set = await world.newSet({ type: 'sqlite', path }, { recipients: [mine.recipient, other.recipient] });
  expect(set.capture?.recipients).toEqual([mine.recipient, other.recipient]);

  const point = await world.take(set);

  expect(point).toMatchObject({ verdict: 'sound', verifiedLevel: 'digest', own: true });
  const directory = await directoryOf(set, point);
  expect((await readdir(directory)).toSorted()).toEqual(['database.sqlite.age', 'manifest.json', 'record.json']);
  for (const { identity } of [mine, other]) {
    const plain = await decrypt(join(directory, 'database.sqlite.age'), identity);
    expect(plain.toString('latin1')).toContain('a text that nobody may read 2');
  }
  await expect(decrypt(join(directory, 'database.sqlite.age'), stranger.identity)).rejects.toThrow(
    'no identity matched',
  );
});

test('whoever has the key has what is inside checked, too', async () => {
  const [mine, stranger] = [await newIdentity(), await newIdentity()];
  const program = await world.newCommand('tar -C /etc -c passwd hosts');
  const source = { type: 'command', program, fileName: 'etc.tar', packing: 'gzip' } as const;
  const set = await world.newSet(source, { recipients: [mine.recipient] });
  const directory = await directoryOf(set, await world.take(set));
  const checkFor = async (identity: string) => {
    const identities = parseIdentities(identity);
    return verifyRecoveryPoint(directory, { publicKeys: world.deps.publicKeys, identities });
  };
  expect(await checkFor(mine.identity)).toMatchObject({ verdict: 'sound', level: 'structure', entriesChecked: 2 });
  expect(await checkFor(stranger.identity)).toMatchObject({ verdict: 'sound', level: 'digest', entriesChecked: 0 });
});

test('beside what is encrypted nothing tells what is inside', async () => {
  const { recipient } = await newIdentity();
  const set = await world.newSet({ type: 'sqlite', path: await newDatabase() }, { recipients: [recipient] });
  const directory = await directoryOf(set, await world.take(set));
  const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
  expect(manifest.files.map((file: object) => Object.keys(file).toSorted())).toEqual([
    ['chunkBytes', 'chunks', 'path', 'sha256', 'sizeBytes'],
    ['chunkBytes', 'chunks', 'path', 'sha256', 'sizeBytes'],
  ]);
  expect(JSON.parse(await readFile(join(directory, 'record.json'), 'utf8'))).toMatchObject({
    recipients: [recipient],
    facts: {},
  });
});

test.skipIf(spawnSync('age', ['--version']).error !== undefined)('an encrypted point opens with age', async () => {
  const { identity, recipient } = await newIdentity();
  const set = await world.newSet({ type: 'sqlite', path: await newDatabase() }, { recipients: [recipient] });
  const directory = await directoryOf(set, await world.take(set));
  const key = join(await world.newDirectory(), 'key');
  await writeFile(key, `${identity}\n`);
  const plain = execFileSync('age', ['-d', '-i', key, join(directory, 'database.sqlite.age')]);
  expect(plain.subarray(0, 15).toString()).toBe('SQLite format 3');
});

test('one changed byte of an encrypted point is found without a key, and so is a cut', async () => {
  const { recipient } = await newIdentity();
  const set = await world.newSet({ type: 'sqlite', path: await newDatabase(4000) }, { recipients: [recipient] });
  const point = await world.take(set);
  const file = join(await directoryOf(set, point), 'database.sqlite.age');
  const whole = await readFile(file);
  const changed = Buffer.from(whole);
  changed.writeUInt8(changed.readUInt8(100_000) ^ 1, 100_000);
  await writeFile(file, changed);
  expect(await check(set, point)).toMatchObject({
    verdict: 'altered',
    findings: [{ offset: 65_536, endOffset: 131_072 }],
  });
  await writeFile(file, whole.subarray(0, whole.length - 1000));
  expect(await check(set, point)).toMatchObject({ verdict: 'damaged', findings: [{ kind: 'truncated' }] });
  await writeFile(file, whole);
  expect(await check(set, point)).toMatchObject({ verdict: 'sound', level: 'digest' });
});

test('other recipients are those of new points only; without any, new points are not encrypted', async () => {
  const [before, after] = [await newIdentity(), await newIdentity()];
  const set = await world.newSet({ type: 'sqlite', path: await newDatabase() }, { recipients: [before.recipient] });
  const first = await world.take(set);
  const change = (version: number, recipients: string[]) =>
    world.api
      .request('patch', `/api/v1/captured-sets/${set.id}`)
      .set('If-Match', `"${version}"`)
      .send({ recipients })
      .expect(200);
  await change(1, [after.recipient]);
  const second = await world.take(set);
  await change(2, []);
  const third = await world.take(set);
  const fileOf = async (point: RecoveryPoint) => join(await directoryOf(set, point), 'database.sqlite.age');
  await expect(decrypt(await fileOf(first), before.identity)).resolves.toBeDefined();
  await expect(decrypt(await fileOf(second), after.identity)).resolves.toBeDefined();
  await expect(decrypt(await fileOf(second), before.identity)).rejects.toThrow('no identity matched');
  expect(await readdir(await directoryOf(set, third))).toContain('database.sqlite');
  expect(third).toMatchObject({ verdict: 'sound', verifiedLevel: 'structure' });
});

test('what is no recipient is refused by its place in the list, and never repeated', async () => {
  const { identity, recipient } = await newIdentity();
  const set = await world.newSet({ type: 'sqlite', path: '/srv/intranet.sqlite' });
  for (const wrong of [identity, `${recipient.slice(0, -1)}b`, 'age1', 'ssh-ed25519 AAAA', '']) {
    const request = world.api.request('patch', `/api/v1/captured-sets/${set.id}`).set('If-Match', '"1"');
    const { body, text } = await request.send({ recipients: [recipient, wrong] }).expect(400);
    expect(body.fields).toMatchObject([{ field: '#/recipients/1' }]);
    if (wrong.length > 10) expect(text).not.toContain(wrong);
  }
  const many = await Promise.all(Array.from({ length: 21 }, async () => (await newIdentity()).recipient));
  for (const wrong of [many, [recipient, recipient]]) {
    const request = world.api.request('patch', `/api/v1/captured-sets/${set.id}`).set('If-Match', '"1"');
    const { body } = await request.send({ recipients: wrong }).expect(400);
    expect(body.fields).toMatchObject([{ field: '#/recipients' }]);
  }
});

test.each(['none', 'gzip', 'zstd'] as const)(
  'a file of a point that is packed (%s) and encrypted on the way holds the bytes that were written',
  async (packing) => {
    const { identity, recipient } = await newIdentity();
    const directory = await world.newDirectory();
    const pieces = [0, 1, 65_535, 65_536, 65_537, 700_000].map((length, at) => Buffer.alloc(length, at + 1));
    const options = { directory, name: 'data', packing, sizeBytesAbout: 1, recipients: [recipient] };
    await using file = new PointFile(options);
    for (const piece of pieces) await file.write(Buffer.from(piece));
    const described = await file.finish();
    expect(described).toMatchObject({ path: 'data.age', sizeBytes: (await stat(join(directory, 'data.age'))).size });
    expect(described).not.toHaveProperty('decodedBytes');
    const stored = await decrypt(join(directory, 'data.age'), identity);
    const unpack = { none: (bytes: Buffer) => bytes, gzip: gunzipSync, zstd: zstdDecompressSync };
    expect(unpack[packing](stored).equals(Buffer.concat(pieces))).toBe(true);
  },
);

test('an encrypted file that cannot be written fails as any other does, and does not hang', async () => {
  const { recipient } = await newIdentity();
  const options = { name: 'full', packing: 'zstd', sizeBytesAbout: 1, recipients: [recipient] } as const;
  await using file = new PointFile({ ...options, directory: '/nonexistent' });
  const writing = async () => {
    for (let piece = 0; piece < 100; piece += 1) await file.write(Buffer.alloc(1_048_576, piece));
    await file.finish();
  };
  await expect(writing()).rejects.toMatchObject({ code: 'ENOENT' });
});
