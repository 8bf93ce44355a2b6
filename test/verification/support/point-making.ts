import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import type { Finding } from '../../../src/verification/finding.ts';
import { type Manifest, serialiseManifest, signManifest } from '../../../src/verification/manifest.ts';
import { createManifest, type ManifestOptions } from '../../../src/verification/manifest-create.ts';
import { type CheckOptions, type CheckResult, verifyRecoveryPoint } from '../../../src/verification/recovery-point.ts';
import { type MadeEntry, tarOf } from './tar-making.ts';

const SEGMENT_BYTES = 1_048_576;
export const SYSTEM_IDENTIFIER = 7_711_023_486_657_877_138n;
export const SEGMENT = '000000010000000000000020';

/** The keys of the recovery points that the tests make. */
export const keys = generateKeyPairSync('ed25519');

/** Files of a data directory: some that compress and some that do not, some hundreds of KiB when packed. */
export const DATA_FILES: Readonly<Record<string, Buffer>> = Object.fromEntries([
  ['PG_VERSION', Buffer.from('18\n')],
  ['empty', Buffer.alloc(0)],
  ...Array.from({ length: 40 }, (_, index) => [`base/1/${2600 + index}`, noise(index * 811, index)]),
  ['global/pg_control', noise(8192, 99)],
]);

/** Bytes that look random and are the same in every run. */
export function noise(length: number, seed: number): Buffer {
  const pieces: Buffer[] = [];
  for (let index = 0; index * 32 < length; index += 1) {
    pieces.push(createHash('sha256').update(`${seed}/${index}`).digest());
  }
  return Buffer.concat(pieces).subarray(0, length);
}

/** The tar of a data directory, as the server sends it: directories too, and an empty `pg_wal`. */
export function baseTar(files: Readonly<Record<string, Buffer>> = DATA_FILES, ...more: readonly MadeEntry[]): Buffer {
  const entries = Object.entries(files).map(([path, data]) => ({ path, data }));
  return tarOf({ path: 'base/', typeflag: '5' }, { path: 'pg_wal/', typeflag: '5' }, ...entries, ...more);
}

/** PostgreSQL's own manifest of these files. */
export function backupManifest(
  files: Readonly<Record<string, Buffer>> = DATA_FILES,
  change: (text: string) => string = (text) => text,
): Buffer {
  const lines = Object.entries(files).map(([path, data]) => {
    const checksum = createHash('sha256').update(data).digest('hex');
    return `{ "Path": "${path}", "Size": ${data.length}, "Last-Modified": "2026-11-22 15:49:25 GMT", "Checksum-Algorithm": "SHA256", "Checksum": "${checksum}" }`;
  });
  const text = change(
    [
      '{ "PostgreSQL-Backup-Manifest-Version": 2,',
      `"System-Identifier": ${SYSTEM_IDENTIFIER},`,
      '"Files": [',
      lines.join(',\n'),
      '],',
      '"WAL-Ranges": [',
      '{ "Timeline": 1, "Start-LSN": "0/2000028", "End-LSN": "0/2000120" }',
      '],',
      '',
    ].join('\n'),
  );
  return Buffer.from(`${text}"Manifest-Checksum": "${createHash('sha256').update(text).digest('hex')}"}\n`);
}

/** A WAL segment of 1 MiB with a proper header. */
export function segment(start = 0x2000000n, systemIdentifier = SYSTEM_IDENTIFIER): Buffer {
  const bytes = Buffer.alloc(SEGMENT_BYTES);
  bytes.writeUInt16LE(0xd118, 0);
  bytes.writeUInt16LE(0x0002, 2);
  bytes.writeUInt32LE(1, 4);
  bytes.writeBigUInt64LE(start, 8);
  bytes.writeBigUInt64LE(systemIdentifier, 24);
  bytes.writeUInt32LE(SEGMENT_BYTES, 32);
  bytes.writeUInt32LE(8192, 36);
  noise(150_000, 7).copy(bytes, 40);
  return bytes;
}

export function zstd(bytes: Buffer): Buffer {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

/** The files of a sound recovery point, some replaced, some left out. */
export function pointFiles(replaced: Readonly<Record<string, Buffer | undefined>> = {}): Record<string, Buffer> {
  const files: Record<string, Buffer | undefined> = {
    'base.tar.zst': zstd(baseTar()),
    backup_manifest: backupManifest(),
    'wal.tar.zst': zstd(tarOf({ path: SEGMENT, data: segment() })),
    'record.json': Buffer.from('{ "format": "muster-recovery-point/1", "rows": 46273 }\n'),
    ...replaced,
  };
  return Object.fromEntries(Object.entries(files).flatMap(([path, bytes]) => (bytes ? [[path, bytes] as const] : [])));
}

/** Writes the files into a directory with a signed manifest over them. */
export async function writePoint(
  directory: string,
  files: Readonly<Record<string, Buffer>>,
  options: Partial<ManifestOptions> & { readonly signingKey?: KeyObject; readonly listsWal?: boolean } = {},
): Promise<Manifest> {
  for (const [path, bytes] of Object.entries(files)) await writeFile(join(directory, path), bytes);
  const { signingKey = keys.privateKey, listsWal = true, ...rest } = options;
  const named = Object.keys(files).map((path) => ({ path, entries: listsWal && path.startsWith('wal.tar') }));
  const manifest = await createManifest(directory, named, { createdAt: '2026-11-22T15:10:00Z', ...rest });
  const signed = signManifest(manifest, signingKey);
  await writeFile(join(directory, 'manifest.json'), serialiseManifest(signed));
  return signed;
}

/** Checks a recovery point with the key of the tests. */
export function check(directory: string, options: Partial<CheckOptions> = {}): Promise<CheckResult> {
  return verifyRecoveryPoint(directory, { publicKeys: [keys.publicKey], ...options });
}

/** Copies a recovery point, changes the copy, and checks it. */
export async function checkChanged(
  pristine: string,
  copy: string,
  change: (directory: string) => Promise<unknown>,
  options: Partial<CheckOptions> = {},
): Promise<CheckResult> {
  await rm(copy, { recursive: true, force: true });
  await cp(pristine, copy, { recursive: true });
  await change(copy);
  return check(copy, options);
}

/** Rewrites one file of a recovery point. */
export function editing(path: string, edit: (bytes: Buffer) => Buffer): (directory: string) => Promise<void> {
  return async (directory) => writeFile(join(directory, path), edit(await readFile(join(directory, path))));
}

/** Every finding with all its consequences, as one list. */
export function flattened(findings: readonly Finding[]): Finding[] {
  return findings.flatMap((finding) => [finding, ...flattened(finding.consequences ?? [])]);
}
