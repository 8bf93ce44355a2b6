import { generateKeyPairSync } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonicalDocument, canonicalJson } from '../../src/verification/canonical-json.ts';
import {
  type Manifest,
  parseManifest,
  serialiseManifest,
  signManifest,
  verifyManifest,
} from '../../src/verification/manifest.ts';
import { createManifest } from '../../src/verification/manifest-create.ts';
import { keyIdOf } from '../../src/verification/signing-key.ts';
import { flipped } from './support/damage.ts';
import { keys, segment, zstd } from './support/point-making.ts';
import { tarEntry, tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
const createdAt = '2026-11-22T15:10:00Z';
let directory: string;
let signed: Manifest;

beforeAll(async () => {
  directory = await newDirectory();
  await writeFile(join(directory, 'a'), 'abc');
  await writeFile(
    join(directory, 'b.tar.zst'),
    zstd(tarOf({ path: 'd/', typeflag: '5' }, { path: 'd/f', data: 'text' })),
  );
  const files = [{ path: 'a' }, { path: 'b.tar.zst', entries: true }];
  const manifest = await createManifest(directory, files, { createdAt, attributes: { set: '备份' } });
  signed = signManifest(manifest, keys.privateKey);
});

describe('creating a manifest', () => {
  test('records the digests of every file and the entries of an archive', () => {
    expect(signed.files).toEqual([
      {
        path: 'a',
        sizeBytes: 3,
        sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        chunkBytes: 65_536,
        chunks: Buffer.from('ba7816bf8f01cfea414140de5dae2223', 'hex').toString('base64'),
      },
      expect.objectContaining({
        path: 'b.tar.zst',
        decodedBytes: 2560,
        entries: [
          { path: 'd', type: 'directory', sizeBytes: 0, mode: 0o644, mtimeSeconds: 0o15000000000 },
          {
            path: 'd/f',
            type: 'file',
            sizeBytes: 4,
            mode: 0o644,
            mtimeSeconds: 0o15000000000,
            sha256: '982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1',
          },
        ],
      }),
    ]);
  });

  test.each([
    ['a missing file', { path: 'absent' }, /not there/],
    ['an empty file', { path: 'empty' }, /is empty/],
    ['a link', { path: 'link' }, /not a regular file/],
    ['a directory', { path: 'directory' }, /not a regular file/],
    ['an archive that is cut', { path: 'cut.tar' }, /truncated/],
    ['an archive with a hostile name', { path: 'hostile.tar' }, /hostile/],
    ['a broken document', { path: 'broken.json' }, /not JSON/],
    ['a path out of the directory', { path: '../a' }, /not a name/],
    ['the manifest itself', { path: 'manifest.json' }, /not a name/],
    ['entries of what is no archive', { path: 'a', entries: true }, /no tar archive/],
  ])('refuses %s', async (_, file, why) => {
    await writeFile(join(directory, 'empty'), '');
    await writeFile(join(directory, 'cut.tar'), tarEntry({ path: 'f', data: 'x' }));
    await writeFile(join(directory, 'hostile.tar'), tarOf({ path: '/etc/passwd' }));
    await writeFile(join(directory, 'broken.json'), '{"a":');
    await mkdir(join(directory, 'directory'), { recursive: true });
    await symlink('a', join(directory, 'link')).catch(() => {});
    await expect(createManifest(directory, [file], { createdAt })).rejects.toMatchObject({
      kind: 'unprocessable',
      code: 'file-unfit-for-manifest',
      message: expect.stringMatching(why),
    });
  });

  test('refuses to name nothing, or a file twice', async () => {
    for (const files of [[], [{ path: 'a' }, { path: 'a' }]]) {
      await expect(createManifest(directory, files, { createdAt })).rejects.toMatchObject({
        code: 'manifest-names-unfit',
      });
    }
  });

  test('says how far it is, and can be left', async () => {
    await writeFile(join(directory, 'wal.tar'), tarOf({ path: '000000010000000000000020', data: segment() }));
    const seen: number[] = [];
    const onProgress = (bytesRead: number) => void seen.push(bytesRead);
    await createManifest(directory, [{ path: 'a' }, { path: 'wal.tar' }], { createdAt, onProgress });
    expect(seen.at(-1)).toBe(3 + 1_048_576 + 1536);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(createManifest(directory, [{ path: 'a' }], { createdAt, signal })).rejects.toThrow('enough');
  });
});

describe('a signed manifest', () => {
  test('is read back as it was written, and its signature fits', () => {
    const { manifest, finding } = parseManifest(serialiseManifest(signed));
    expect(finding).toBeUndefined();
    expect(manifest).toEqual(signed);
    expect(
      manifest && verifyManifest(manifest, [generateKeyPairSync('ed25519').publicKey, keys.publicKey]),
    ).toBeUndefined();
  });

  test('shows every changed bit of its file', () => {
    const bytes = serialiseManifest(signed);
    for (let at = 0; at < bytes.length; at += 1) {
      for (const bit of [0, 2, 5]) {
        const { manifest, finding } = parseManifest(flipped(bytes, at, bit));
        const wrong = manifest === undefined ? finding : verifyManifest(manifest, [keys.publicKey]);
        expect(wrong, `byte ${at}, bit ${bit}`).toBeDefined();
      }
    }
  });

  test('does not fit when any member of it is another', () => {
    const changes: Partial<Manifest>[] = [
      { createdAt: '2026-11-22T15:10:01Z' },
      { attributes: {} },
      { requiredWal: [{ timeline: 1, startLsn: '0/1', endLsn: '0/2' }] },
      { files: signed.files.slice(1) },
      { files: signed.files.toReversed() },
    ];
    for (const change of changes) {
      expect(verifyManifest({ ...signed, ...change }, [keys.publicKey])).toMatchObject({ kind: 'altered' });
    }
  });

  test('of an unknown key, or without a signature, is not vouched for', () => {
    expect(verifyManifest(signed, [])).toMatchObject({ kind: 'no-key', actual: keyIdOf(keys.publicKey) });
    const { signature: _, ...unsigned } = signed;
    expect(verifyManifest(unsigned, [keys.publicKey])).toMatchObject({ kind: 'unsigned' });
  });

  test('whose signature names another key than made it is altered', () => {
    const other = generateKeyPairSync('ed25519');
    const signature = signed.signature && { ...signed.signature, keyId: keyIdOf(other.publicKey) };
    expect(verifyManifest({ ...signed, ...(signature && { signature }) }, [other.publicKey])).toMatchObject({
      kind: 'altered',
    });
  });

  test('needs an Ed25519 private key', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    expect(() => signManifest(signed, rsa.privateKey)).toThrow(/Ed25519/);
    expect(() => signManifest(signed, keys.publicKey)).toThrow(/private/);
  });
});

describe('reading a manifest', () => {
  const parse = (text: string) => parseManifest(Buffer.from(text)).finding;
  const changed = (change: object) =>
    parse(canonicalDocument({ ...JSON.parse(`${serialiseManifest(signed)}`), ...change }));
  const [file] = [{ path: 'a', sizeBytes: 0, sha256: 'a'.repeat(64), chunkBytes: 65_536, chunks: '' }];

  test('refuses what is empty, cut, no JSON, no manifest', () => {
    expect(parse('')).toMatchObject({ kind: 'empty' });
    for (const text of ['{', 'null', '[]', '{}', '"text"', '\ufeff{}'])
      expect(parse(text)).toMatchObject({ kind: 'corrupt' });
    expect(parseManifest(Buffer.from([0x7b, 0xff, 0x7d])).finding).toMatchObject({ kind: 'corrupt' });
  });

  test('does not guess at a later version', () => {
    expect(changed({ format: 'muster-manifest/2' })).toMatchObject({ kind: 'unknown-format' });
  });

  test.each([
    ['names no file', { files: [] }],
    ['names a file twice', { files: [file, file] }],
    ['names a file outside', { files: [{ ...file, path: '../a' }] }],
    ['names an absolute path', { files: [{ ...file, path: '/a' }] }],
    ['has a member too many', { extra: 'x' }],
    ['lacks chunk digests', { files: [{ ...file, sizeBytes: 1 }] }],
    ['has chunks of an odd length', { files: [{ ...file, chunkBytes: 65_537 }] }],
    ['has a negative size', { files: [{ ...file, sizeBytes: -1 }] }],
  ])('refuses one that %s', (_, change) => {
    expect(changed(change)).toMatchObject({ kind: 'corrupt' });
  });

  test('refuses the same content in other bytes', () => {
    expect(parse(canonicalJson(JSON.parse(`${serialiseManifest(signed)}`)))).toMatchObject({ kind: 'altered' });
  });
});

test('canonical JSON sorts keys, keeps lists, leaves out what is absent and takes no fractions', () => {
  expect(canonicalJson({ b: [2, 1, { d: true, c: '\u2028"' }], a: undefined, A: 'ä' })).toBe(
    '{"A":"ä","b":[2,1,{"c":"\u2028\\"","d":true}]}',
  );
  expect(canonicalJson(JSON.parse('{"__proto__":"x","a":1}'))).toBe('{"__proto__":"x","a":1}');
  expect(() => canonicalJson({ a: 0.5 })).toThrow(TypeError);
  expect(() => canonicalJson(2 ** 53)).toThrow(TypeError);
});
