import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { extractPoint } from '../../src/backups/extract.ts';
import { fetchPoint } from '../../src/backups/fetch.ts';
import { POINT_FILES, readPointRecord } from '../../src/backups/point-record.ts';
import type { CapturedPoint } from '../../src/backups/point-writer.ts';
import { CHUNK_BYTES_MIN, ChunkedDigest } from '../../src/verification/chunked-digest.ts';
import { MANIFEST_FILE } from '../../src/verification/directory-marks.ts';
import { parseManifest, serialiseManifest, signManifest } from '../../src/verification/manifest.ts';
import { flipped } from '../verification/support/damage.ts';
import { zstd } from '../verification/support/point-making.ts';
import { type MadeEntry, tarOf } from '../verification/support/tar-making.ts';
import { useBackupCluster } from './support/backup-cluster.ts';

const cluster = useBackupCluster();
let point: CapturedPoint;
beforeAll(async () => {
  point = await cluster.capture();
});

/** A copy of the point in which one file is changed. */
async function changed(file: string, change: (bytes: Buffer) => Buffer | undefined): Promise<string> {
  const directory = join(await cluster.newDirectory(), 'point');
  await fetchPoint({ pointDirectory: point.pointDirectory, target: directory });
  const bytes = change(await readFile(join(directory, file)));
  await rm(join(directory, file));
  if (bytes !== undefined) await writeFile(join(directory, file), bytes);
  return directory;
}

async function extract(pointDirectory: string, publicKeys = cluster.publicKeys) {
  const target = join(await cluster.newDirectory(), 'pgdata');
  const extracted = await extractPoint({ pointDirectory, target, publicKeys }).catch(async (error: unknown) => {
    // Whatever is refused leaves no half data directory behind.
    await expect(stat(target)).rejects.toMatchObject({ code: 'ENOENT' });
    throw error;
  });
  return { target, extracted };
}

describe('extracting a point', () => {
  test('gives a data directory for its owner alone, with its log in place and ready for recovery', async () => {
    const { target, extracted } = await extract(point.pointDirectory);
    expect(extracted.record).toEqual(point.record);
    const names = await readdir(target);
    expect(names).toEqual(expect.arrayContaining(['PG_VERSION', 'backup_label', 'base', 'global', 'recovery.signal']));
    if (point.record.method !== 'base-backup') throw new Error('no base backup');
    expect(await readdir(join(target, 'pg_wal'))).toEqual(expect.arrayContaining([...point.record.walFiles]));
    for (const name of await readdir(target, { recursive: true })) {
      const { mode } = await stat(join(target, name));
      expect(mode & 0o7077, name).toBe(0);
    }
  });

  test('says how far it is, up to the last byte', async () => {
    const target = join(await cluster.newDirectory(), 'pgdata');
    const seen: number[] = [];
    let total = 0;
    await extractPoint({
      pointDirectory: point.pointDirectory,
      target,
      onProgress: (read, all) => {
        seen.push(read);
        total = all;
      },
    });
    expect(seen.at(-1)).toBe(total);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  const damages: [string, string, (bytes: Buffer) => Buffer | undefined][] = [
    ['a flipped byte', 'point-damaged', (bytes) => flipped(bytes, Math.floor(bytes.length / 2))],
    ['a flipped byte in the last bytes', 'point-damaged', (bytes) => flipped(bytes, bytes.length - 2)],
    ['a lost end', 'point-damaged', (bytes) => bytes.subarray(0, Math.floor(bytes.length * 0.7))],
    ['no content', 'point-damaged', () => Buffer.alloc(0)],
    ['garbage behind its end', 'point-damaged', (bytes) => Buffer.concat([bytes, Buffer.from('more')])],
  ];
  test.each(damages)('refuses an archive with %s', async (_name, code, change) => {
    for (const file of [POINT_FILES.archive, POINT_FILES.wal]) {
      const directory = await changed(file, change);
      await expect(extract(directory)).rejects.toMatchObject({ code, message: expect.stringContaining(file) });
    }
  });

  test('refuses a point without a manifest, with a changed one, or one that somebody else signed', async () => {
    const doubts = [
      await changed(MANIFEST_FILE, () => undefined),
      await changed(MANIFEST_FILE, (bytes) => flipped(bytes, bytes.indexOf('"sha256": "') + 20)),
    ];
    for (const directory of doubts)
      await expect(extract(directory)).rejects.toMatchObject({ code: 'point-not-trusted' });
    const { publicKey } = generateKeyPairSync('ed25519');
    await expect(extract(point.pointDirectory, [publicKey])).rejects.toMatchObject({ code: 'point-not-trusted' });
  });

  test('refuses a record that is no record', async () => {
    for (const bytes of [undefined, Buffer.from('{}'), Buffer.from('not JSON'), Buffer.alloc(0)]) {
      const directory = await changed(POINT_FILES.record, () => bytes);
      await expect(extract(directory)).rejects.toMatchObject({ code: 'point-record-unreadable' });
    }
  });

  test('never writes into a directory that holds something', async () => {
    const target = await cluster.newDirectory();
    await writeFile(join(target, 'precious'), 'x');
    await expect(extractPoint({ pointDirectory: point.pointDirectory, target })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'directory-not-empty',
    });
    expect(await readdir(target)).toEqual(['precious']);
  });

  test('can be cancelled, and leaves nothing', async () => {
    const target = join(await cluster.newDirectory(), 'pgdata');
    const cancel = new AbortController();
    const reason = new Error('enough');
    const run = extractPoint({
      pointDirectory: point.pointDirectory,
      target,
      signal: cancel.signal,
      onProgress: () => cancel.abort(reason),
    });
    await expect(run).rejects.toBe(reason);
    await expect(stat(target)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('an archive that was made to harm', () => {
  /** A point with this archive, properly signed: even then nothing gets out. */
  async function hostile(...entries: MadeEntry[]): Promise<string> {
    const archive = zstd(tarOf(...entries));
    const directory = await changed(POINT_FILES.archive, () => archive);
    const { manifest } = parseManifest(await readFile(join(directory, MANIFEST_FILE)));
    if (manifest === undefined) throw new Error('no manifest');
    const digest = new ChunkedDigest({ chunkBytes: CHUNK_BYTES_MIN });
    digest.update(archive);
    const { sizeBytes, sha256, chunks } = digest.finish();
    const chunkBytes = CHUNK_BYTES_MIN;
    const recorded = { sizeBytes, sha256, chunkBytes, chunks: chunks?.chunkDigests.toString('base64') ?? '' };
    const named = { path: POINT_FILES.archive, ...recorded };
    const files = manifest.files.map((known) => (known.path === named.path ? named : known));
    await writeFile(
      join(directory, MANIFEST_FILE),
      serialiseManifest(signManifest({ ...manifest, files }, cluster.signingKey)),
    );
    return directory;
  }

  const entries: [string, MadeEntry[]][] = [
    ['a link out of it', [{ path: 'pg_wal', typeflag: '2', target: '/etc' }]],
    ['a hard link', [{ path: 'x', typeflag: '1', target: '/etc/passwd' }]],
    ['a device', [{ path: 'x', typeflag: '3' }]],
    ['a path upwards', [{ path: '../escaped', data: 'x' }]],
  ];
  test.each(entries)('with %s unpacks nothing outside', async (_name, list) => {
    const directory = await hostile(...list);
    await expect(extract(directory)).rejects.toMatchObject({ kind: 'unprocessable' });
  });

  test('with special modes gives plain files', async () => {
    const entry = { path: 'tool', data: 'x', mode: 0o6777 };
    const wal = { path: 'pg_wal/', typeflag: '5' };
    const { target } = await extract(await hostile(wal, entry));
    expect((await stat(join(target, 'tool'))).mode & 0o7777).toBe(0o600);
  });
});

describe('fetching a point', () => {
  test('copies every file as it stands, byte for byte', async () => {
    const target = join(await cluster.newDirectory(), 'copy');
    let last = [0, 0];
    const files = await fetchPoint({
      pointDirectory: point.pointDirectory,
      target,
      onProgress: (done, total) => {
        last = [done, total];
      },
    });
    expect(files.map(({ path }) => path).toSorted()).toEqual([...(await readdir(point.pointDirectory))].toSorted());
    for (const { path, sizeBytes } of files) {
      const copy = await readFile(join(target, path));
      expect(copy.length).toBe(sizeBytes);
      expect(copy.equals(await readFile(join(point.pointDirectory, path)))).toBe(true);
    }
    expect(last).toEqual([point.sizeBytes, point.sizeBytes]);
    expect(await readPointRecord(target)).toEqual(point.record);
  });

  test('says that a point is not there, and writes over nothing', async () => {
    const target = await cluster.newDirectory();
    const nowhere = join(cluster.repositoryRoot, 'muster', 'nowhere');
    await expect(fetchPoint({ pointDirectory: nowhere, target })).rejects.toMatchObject({ code: 'point-missing' });
    await writeFile(join(target, 'precious'), 'x');
    await expect(fetchPoint({ pointDirectory: point.pointDirectory, target })).rejects.toMatchObject({
      code: 'directory-not-empty',
    });
  });
});
