import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readDigestList } from '../../src/verification/digest-list.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { type Manifest, serialiseManifest, signManifest } from '../../src/verification/manifest.ts';
import { backupManifest, DATA_FILES } from './support/point-making.ts';

const SHA = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const manifest: Manifest = {
  format: 'muster-manifest/1',
  createdAt: '2026-11-22T15:10:00Z',
  attributes: { note: '"format": "muster-tree/1' },
  files: [{ path: 'a', sizeBytes: 3, sha256: SHA, chunkBytes: 65_536, chunks: Buffer.alloc(16).toString('base64') }],
};
const read = (bytes: Buffer | string, name = 'list') =>
  readDigestList(Buffer.from(bytes as string), name, DEFAULT_LIMITS);

describe('a list of digests is known by its content', () => {
  test('our manifest of files, signed or not, with the digests of its pieces', () => {
    for (const one of [manifest, signManifest(manifest, generateKeyPairSync('ed25519').privateKey)]) {
      const { list, manifest: whole } = read(serialiseManifest(one));
      expect([list?.kind, whole]).toEqual(['muster-manifest', one]);
      expect(list?.entries.get('a')).toEqual({
        digests: [{ algorithm: 'sha256', hex: SHA }],
        sizeBytes: 3,
        chunks: { chunkBytes: 65_536, chunks: Buffer.alloc(16).toString('base64') },
      });
    }
  });

  test('PostgreSQL’s manifest of a base backup, whatever its name', () => {
    const { list, backupManifest: whole } = read(backupManifest());
    expect([list?.kind, [...(list?.entries.keys() ?? [])]]).toEqual(['backup_manifest', Object.keys(DATA_FILES)]);
    expect(list?.entries.get('PG_VERSION')).toMatchObject({ sizeBytes: 3, digests: [{ algorithm: 'sha256' }] });
    expect(whole?.walRanges).toHaveLength(1);
  });

  test('a backup_manifest with CRC-32C, which PostgreSQL makes unless told otherwise', () => {
    expect(read(backupManifest(DATA_FILES, withChecksums('CRC32C'))).list?.entries.get('PG_VERSION')).toEqual({
      digests: [{ algorithm: 'crc32c', hex: '00000000' }],
      sizeBytes: 3,
    });
  });

  test('a backup_manifest with digests that are not known here still gives sizes', () => {
    expect(read(backupManifest(DATA_FILES, withChecksums('CRC64'))).list?.entries.get('PG_VERSION')).toEqual({
      digests: [],
      sizeBytes: 3,
    });
  });

  test.each([
    ['a path out of the directory', backupManifest({ '../../etc/passwd': Buffer.from('x') }), 'hostile'],
    ['a JSON document of another kind', '{"files":[]}', 'unknown-format'],
    ['a JSON document that is cut', '{"files":[', 'corrupt'],
    ['a manifest that is cut', serialiseManifest(manifest).subarray(0, 60), 'corrupt'],
    [
      'a manifest of a version to come',
      `${serialiseManifest(manifest)}`.replace('manifest/1', 'manifest/9'),
      'unknown-format',
    ],
    ['nothing', '', 'empty'],
  ])('%s is refused', (_, bytes, kind) => {
    expect(read(bytes)).toMatchObject({ finding: { kind, file: 'list' } });
  });
});

function withChecksums(name: string): (text: string) => string {
  return (text) => text.replaceAll(/"SHA256", "Checksum": "[0-9a-f]+"/g, `"${name}", "Checksum": "00000000"`);
}
