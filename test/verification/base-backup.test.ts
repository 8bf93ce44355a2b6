import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { zstdDecompressSync } from 'node:zlib';
import { TarArchive } from 'archiver';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { receiveBaseBackup } from '../../src/backups/base-backup.ts';
import { ReplicationConnection } from '../../src/backups/replication.connection.ts';
import { parseBackupManifest } from '../../src/verification/backup-manifest.ts';
import { segmentsOf } from '../../src/verification/wal.ts';
import { runAs } from '../support/database.ts';
import { flipped } from './support/damage.ts';
import { checkDirectory, writeFiles } from './support/directory-checking.ts';
import { check, checkChanged, editing, flattened, writePoint, zstd } from './support/point-making.ts';
import { useDirectories } from './support/temporary-directory.ts';
import { hasTool } from './support/tools.ts';
import { walk } from './support/walking.ts';

const newDirectory = useDirectories();
let tar: Buffer;
let manifest: Buffer;
let wal: Buffer;
let point: string;

beforeAll(async () => {
  const archivePieces: Buffer[] = [];
  const manifestPieces: Buffer[] = [];
  const sink = (pieces: Buffer[]) => ({ write: async (bytes: Buffer) => void pieces.push(Buffer.from(bytes)) });
  // The server is shared with other tests, whose writing would have it recycle the segments meanwhile.
  await runAs(inject('cluster'), `SELECT pg_create_physical_replication_slot('base_backup_test', true)`);
  const connection = await ReplicationConnection.open(inject('cluster'));
  await receiveBaseBackup(connection, { label: 'test', archive: sink(archivePieces), manifest: sink(manifestPieces) });
  await connection.close();
  tar = Buffer.concat(archivePieces);
  manifest = Buffer.concat(manifestPieces);
  wal = zstd(await walArchive());
  point = await newDirectory();
  const files = { 'base.tar.zst': zstd(tar), backup_manifest: manifest, 'wal.tar.zst': wal };
  await writePoint(point, files);
});

afterAll(() => runAs(inject('cluster'), `SELECT pg_drop_replication_slot('base_backup_test')`));

/** The segments that the backup needs, read through SQL, packed by the archiver library. */
async function walArchive(): Promise<Buffer> {
  const [range] = parseBackupManifest(manifest).manifest?.walRanges ?? [];
  const archive = new TarArchive();
  for (const name of (range && segmentsOf(range, 16_777_216)) ?? []) {
    const rows = await runAs<{ bytes: Buffer }>(
      inject('cluster'),
      `SELECT pg_read_binary_file('pg_wal/${name}') AS bytes`,
    );
    archive.append(rows[0]?.bytes ?? Buffer.alloc(0), { name });
  }
  void archive.finalize();
  return buffer(archive);
}

test('the server ends the archive of a base backup with both zero blocks', () => {
  const { findings, isComplete, streamBytes } = walk(tar);
  expect(findings).toEqual([]);
  expect(isComplete).toBe(true);
  expect(streamBytes).toBe(tar.length);
});

test('a base backup of a real server is sound, every file of its manifest compared', async () => {
  const files = parseBackupManifest(manifest).manifest?.files.size ?? 0;
  const result = await check(point);
  expect(result).toMatchObject({ verdict: 'sound', level: 'content', findings: [] });
  expect(files).toBeGreaterThan(900);
  expect(result.entriesChecked).toBeGreaterThan(files);
});

test('one turned bit in it is found with the chunk and the file that it hit', async () => {
  const at = 1_000_000;
  const result = await checkChanged(
    point,
    await newDirectory(),
    editing('base.tar.zst', (bytes) => flipped(bytes, at)),
  );
  expect(result).toMatchObject({
    verdict: 'damaged',
    findings: [{ kind: 'corrupt', offset: 983_040, endOffset: 1_048_576 }],
  });
  expect(flattened(result.findings).length).toBeGreaterThan(1);
});

test('one changed byte in the archive of a real server is found in that file alone', async () => {
  const directory = await newDirectory();
  const entry = walk(tar).list.find(({ path, sizeBytes }) => path.startsWith('base/') && sizeBytes === 8192);
  const changed = flipped(tar, (entry?.dataOffset ?? 0) + 4000);
  const files = { 'base.tar.zst': zstd(changed), backup_manifest: manifest, 'wal.tar.zst': wal };
  await writePoint(directory, files);
  const { verdict, findings } = await check(directory);
  expect(verdict).toBe('altered');
  expect(flattened(findings)).toMatchObject([{ kind: 'altered', file: 'base.tar.zst', entry: entry?.path }]);
});

test('as pg_basebackup leaves it, as archives or as a data directory, it is sound for `muster verify`', async ({
  skip,
}) => {
  if (!hasTool('tar')) skip('this machine has no tar');
  const segments = zstdDecompressSync(wal);
  const archives = { 'base.tar': tar, 'pg_wal.tar': segments, backup_manifest: manifest };
  const asArchives = await checkDirectory(await writeFiles(await newDirectory(), archives));
  // Nothing lists the log byte by byte: its segments are walked and held against their own heads.
  expect(asArchives).toMatchObject([{ verdict: 'sound', level: 'structure', format: 'base-backup', findings: [] }]);
  const directory = await writeFiles(await newDirectory(), { backup_manifest: manifest });
  execFileSync('tar', ['-xf', '-', '-C', directory], { input: tar });
  execFileSync('tar', ['-xf', '-', '-C', join(directory, 'pg_wal')], { input: segments });
  const asData = await checkDirectory(directory);
  expect(asData).toMatchObject([{ verdict: 'sound', level: 'content', format: 'base-backup', findings: [] }]);
  expect(asData[0]?.entries).toBeGreaterThan(900);
});
