import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdir, rename, rm, stat, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { serialiseManifest } from '../../src/verification/manifest.ts';
import { flipped, overwritten, swapped } from './support/damage.ts';
import {
  backupManifest,
  baseTar,
  check,
  checkChanged,
  DATA_FILES,
  editing,
  flattened,
  pointFiles,
  SEGMENT,
  segment,
  writePoint,
  zstd,
} from './support/point-making.ts';
import { tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
const files = pointFiles();
let pristine: string;
let copy: string;

beforeAll(async () => {
  pristine = await newDirectory();
  copy = await newDirectory();
  await writePoint(pristine, files);
});

const changed = (change: (directory: string) => Promise<unknown>) => checkChanged(pristine, copy, change);
const sizeOf = (path: string) => files[path]?.length ?? 0;

describe('a sound recovery point', () => {
  test('is sound at level content, every byte read once and every entry compared', async () => {
    const result = await check(pristine);
    const manifestBytes = (await stat(join(pristine, 'manifest.json'))).size;
    const storedBytes = Object.values(files).reduce((sum, bytes) => sum + bytes.length, manifestBytes);
    expect(result).toMatchObject({ verdict: 'sound', level: 'content', findings: [], filesChecked: 4 });
    expect(result.entriesChecked).toBe(Object.keys(DATA_FILES).length + 2 + 1);
    expect(result.bytesRead).toBe(storedBytes);
  });

  test('is sound at each lower level, and that level is what is told', async () => {
    for (const level of ['presence', 'digest', 'structure'] as const) {
      expect(await check(pristine, { level })).toMatchObject({ verdict: 'sound', level, findings: [] });
    }
  });

  test('tells its progress up to the last byte', async () => {
    const seen: { bytesRead: number; totalBytes: number }[] = [];
    await check(pristine, { onProgress: (progress) => void seen.push(progress) });
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(seen.at(-1)?.bytesRead).toBe(seen.at(-1)?.totalBytes);
  });

  test('is sound packed with gzip and not packed at all', async () => {
    for (const [name, bytes] of [
      ['base.tar.gz', gzipSync(baseTar())],
      ['base.tar', baseTar()],
    ] as const) {
      const directory = await newDirectory();
      await writePoint(directory, pointFiles({ 'base.tar.zst': undefined, [name]: bytes }));
      expect(await check(directory)).toMatchObject({ verdict: 'sound', level: 'content' });
    }
  });

  test('is sound when the log lies inside the archive of the data directory', async () => {
    const directory = await newDirectory();
    const base = baseTar(DATA_FILES, { path: `pg_wal/${SEGMENT}`, data: segment() });
    await writePoint(directory, pointFiles({ 'wal.tar.zst': undefined, 'base.tar.zst': zstd(base) }));
    expect(await check(directory)).toMatchObject({ verdict: 'sound', level: 'content' });
  });

  test('of a custom dump is sound at level digest, because no deeper one is known here', async () => {
    const directory = await newDirectory();
    await writePoint(directory, { 'database.dump': Buffer.from('PGDMP and more'), 'record.json': Buffer.from('{}') });
    expect(await check(directory)).toMatchObject({ verdict: 'sound', level: 'digest', filesChecked: 2 });
  });

  test('can be left in the middle', async () => {
    const controller = new AbortController();
    const aborted = check(pristine, {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(aborted).rejects.toThrow('enough');
    await expect(check(pristine, { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

/** Damage to one file: what it is, and what the one root finding must say. */
const damages: readonly {
  readonly what: string;
  readonly file: string;
  readonly edit: (bytes: Buffer) => Buffer;
  readonly expected: object;
}[] = [
  {
    what: 'a bit turned in the middle of the archive',
    file: 'base.tar.zst',
    edit: (bytes) => flipped(bytes, 200_000),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', offset: 196_608, endOffset: 262_144 }] },
  },
  {
    what: 'a zeroed sector of the archive',
    file: 'base.tar.zst',
    edit: (bytes) => overwritten(bytes, 70_000, 512),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', offset: 65_536, endOffset: 131_072 }] },
  },
  {
    what: 'two exchanged blocks of the archive',
    file: 'base.tar.zst',
    edit: (bytes) => swapped(bytes, 65_536, 196_608, 4096),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', offset: 65_536, endOffset: 131_072 }] },
  },
  {
    what: 'a lost tail of the archive',
    file: 'base.tar.zst',
    edit: (bytes) => bytes.subarray(0, -1),
    expected: {
      verdict: 'damaged',
      findings: [{ kind: 'truncated', offset: sizeOf('base.tar.zst') - 1, endOffset: sizeOf('base.tar.zst') }],
    },
  },
  {
    what: 'bytes behind the end of the archive',
    file: 'base.tar.zst',
    edit: (bytes) => Buffer.concat([bytes, Buffer.from('oops')]),
    expected: {
      verdict: 'damaged',
      findings: [{ kind: 'corrupt', message: expect.stringContaining('4 bytes longer') }],
    },
  },
  {
    what: 'another sound archive in its place',
    file: 'base.tar.zst',
    edit: () => zstd(tarOf({ path: 'PG_VERSION', data: '17\n' })),
    expected: { verdict: 'altered', findings: [{ kind: 'altered', offset: 0 }] },
  },
  {
    what: 'no bytes left in the archive',
    file: 'base.tar.zst',
    edit: () => Buffer.alloc(0),
    expected: { verdict: 'damaged', findings: [{ kind: 'empty', offset: 0, endOffset: sizeOf('base.tar.zst') }] },
  },
  {
    what: 'an error message in place of the archive',
    file: 'base.tar.zst',
    edit: () => Buffer.from('pg_basebackup: error: connection refused\n'),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', offset: 0 }] },
  },
  {
    what: 'a bit turned in the log',
    file: 'wal.tar.zst',
    edit: (bytes) => flipped(bytes, 100_000),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', offset: 65_536, endOffset: 131_072 }] },
  },
  {
    what: 'an empty log',
    file: 'wal.tar.zst',
    edit: () => Buffer.alloc(0),
    expected: {
      verdict: 'damaged',
      findings: [{ kind: 'empty', consequences: [{ kind: 'missing', entry: SEGMENT }] }],
    },
  },
  {
    what: 'a digit changed in the server’s manifest',
    file: 'backup_manifest',
    edit: (bytes) => flipped(bytes, 200),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', consequences: [{ kind: 'corrupt' }] }] },
  },
  {
    what: 'a server’s manifest of another state, its own checksum right',
    file: 'backup_manifest',
    edit: () => backupManifest({ ...DATA_FILES, PG_VERSION: Buffer.from('17\n') }),
    expected: {
      verdict: 'altered',
      findings: [{ kind: 'altered', consequences: [{ kind: 'altered', entry: 'PG_VERSION' }] }],
    },
  },
  {
    what: 'a cut server’s manifest',
    file: 'backup_manifest',
    edit: (bytes) => bytes.subarray(0, 1000),
    expected: {
      verdict: 'damaged',
      findings: [{ kind: 'truncated', offset: 1000, consequences: [{ kind: 'truncated' }] }],
    },
  },
  {
    what: 'a changed number in the record',
    file: 'record.json',
    edit: (bytes) => Buffer.from(bytes.toString().replace('46273', '46274')),
    expected: { verdict: 'altered', findings: [{ kind: 'altered' }] },
  },
  {
    what: 'a broken record',
    file: 'record.json',
    edit: (bytes) => flipped(bytes, 0),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt' }] },
  },
];

describe('one damage is one root finding with its place:', () => {
  for (const { what, file, edit, expected } of damages) {
    test(what, async () => {
      const result = await changed(editing(file, edit));
      expect(result).toMatchObject(expected);
      expect(result.findings).toMatchObject([{ file }]);
    });
  }

  test.each(['base.tar.zst', 'backup_manifest', 'wal.tar.zst', 'record.json'])('%s is missing', async (file) => {
    const result = await changed((directory) => unlink(join(directory, file)));
    expect(result).toMatchObject({ verdict: 'missing', findings: [{ kind: 'missing', file }] });
    expect(result.findings).toHaveLength(1);
  });

  test('a turned bit names the entry that it hit and the decoder that failed', async () => {
    const result = await changed(editing('base.tar.zst', (bytes) => flipped(bytes, 200_000)));
    const consequences = flattened(result.findings).slice(1);
    expect(consequences).toContainEqual(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining('checksum') }),
    );
    const hit = consequences.filter(({ kind }) => kind === 'altered');
    expect(hit).toMatchObject([{ entry: expect.stringMatching(/^base\/1\//), expected: expect.any(String) }]);
  });
});

describe('damage that only length and presence show', () => {
  test.each([
    ['missing', 'missing', (path: string) => unlink(path)],
    ['empty', 'damaged', (path: string) => truncate(path)],
    ['truncated', 'damaged', (path: string) => truncate(path, 10)],
    ['altered', 'altered', (path: string) => truncate(path, 900_000)],
  ] as const)('is called %s at level presence', async (kind, verdict, change) => {
    const edit = (directory: string) => change(join(directory, 'base.tar.zst'));
    const result = await checkChanged(pristine, copy, edit, { level: 'presence' });
    expect(result).toMatchObject({ verdict, level: 'presence', findings: [{ kind, file: 'base.tar.zst' }] });
  });
});

describe('what the directory holds besides', () => {
  test('a file that nobody names is suspect, several are one finding', async () => {
    const result = await changed(async (directory) => {
      await writeFile(join(directory, 'core'), 'x');
      await mkdir(join(directory, 'lost+found'));
      await symlink('/etc/passwd', join(directory, 'passwd'));
    });
    expect(result.verdict).toBe('suspect');
    expect(result.findings).toMatchObject([
      { kind: 'unexpected', file: 'core', consequences: [{ file: 'lost+found' }, { file: 'passwd' }] },
    ]);
  });

  test('a link in place of a file is hostile, and is not followed', async () => {
    const result = await changed(async (directory) => {
      await rename(join(directory, 'record.json'), `${directory}.moved`);
      await symlink(`${directory}.moved`, join(directory, 'record.json'));
    });
    await rm(`${copy}.moved`);
    expect(result).toMatchObject({ verdict: 'hostile', findings: [{ kind: 'hostile', file: 'record.json' }] });
  });

  test('no directory at all is missing, and a file is no recovery point', async () => {
    expect(await check(join(pristine, 'absent'))).toMatchObject({ verdict: 'missing', findings: [{ file: '.' }] });
    expect(await check(join(pristine, 'record.json'))).toMatchObject({ verdict: 'suspect', findings: [{ file: '.' }] });
  });

  test('an empty directory is missing its manifest and never sound', async () => {
    expect(await check(await newDirectory())).toMatchObject({ verdict: 'missing', filesChecked: 0 });
  });
});

describe('our own manifest', () => {
  test.each([
    ['missing', 'missing', (path: string) => unlink(path)],
    ['empty', 'damaged', (path: string) => truncate(path)],
    ['cut', 'damaged', (path: string) => truncate(path, 1500)],
  ] as const)('that is %s is the one finding, and the archive is still looked at', async (_, verdict, change) => {
    const result = await changed((directory) => change(join(directory, 'manifest.json')));
    expect(result).toMatchObject({ verdict, level: 'presence', findings: [{ file: 'manifest.json' }] });
    expect(result.findings).toHaveLength(1);
    expect(result.entriesChecked).toBe(Object.keys(DATA_FILES).length + 3);
  });

  test('that is edited takes the blame for what it then says of sound files', async () => {
    const edit = (text: string) =>
      text.replace(/"sha256": "./, (found) => found.slice(0, -1) + (found.endsWith('0') ? '1' : '0'));
    const result = await changed(editing('manifest.json', (bytes) => Buffer.from(edit(bytes.toString()))));
    expect(result).toMatchObject({ verdict: 'altered', findings: [{ kind: 'altered', file: 'manifest.json' }] });
    expect(result.findings).toHaveLength(1);
  });

  test('that is edited together with a file does not make it sound', async () => {
    const record = Buffer.from('{ "rows": 1 }\n');
    const digest = createHash('sha256').update(record).digest();
    const result = await changed(async (directory) => {
      const manifest = await writePoint(directory, files);
      const forged = manifest.files.map((file) =>
        file.path === 'record.json'
          ? {
              ...file,
              sizeBytes: record.length,
              sha256: digest.toString('hex'),
              chunks: digest.subarray(0, 16).toString('base64'),
            }
          : file,
      );
      await writeFile(join(directory, 'record.json'), record);
      await writeFile(join(directory, 'manifest.json'), serialiseManifest({ ...manifest, files: forged }));
    });
    expect(result).toMatchObject({ verdict: 'altered', findings: [{ kind: 'altered', file: 'manifest.json' }] });
  });

  test('signed with a key that is not known cannot be verified, and damage is still found', async () => {
    const foreign = generateKeyPairSync('ed25519').privateKey;
    const unknown = await changed((directory) => writePoint(directory, files, { signingKey: foreign }));
    expect(unknown).toMatchObject({ verdict: 'unverifiable', findings: [{ kind: 'no-key' }] });
    const damaged = await changed(async (directory) => {
      await writePoint(directory, files, { signingKey: foreign });
      await truncate(join(directory, 'wal.tar.zst'), 99);
    });
    expect(damaged).toMatchObject({ verdict: 'damaged', findings: [{ kind: 'no-key' }, { kind: 'truncated' }] });
  });

  test('without a signature cannot be verified', async () => {
    const result = await changed(async (directory) => {
      const { signature: _, ...unsigned } = await writePoint(directory, files);
      await writeFile(join(directory, 'manifest.json'), serialiseManifest(unsigned));
    });
    expect(result).toMatchObject({ verdict: 'unverifiable', findings: [{ kind: 'unsigned' }] });
  });
});

describe('what was already wrong when it was signed', () => {
  const signedWith = async (
    replaced: Parameters<typeof pointFiles>[0],
    options: Parameters<typeof writePoint>[2] = {},
  ) => {
    const directory = await newDirectory();
    await writePoint(directory, pointFiles(replaced), options);
    return check(directory);
  };

  test('an entry that the server’s manifest records otherwise', async () => {
    const base = zstd(baseTar({ ...DATA_FILES, PG_VERSION: Buffer.from('17\n') }));
    expect(await signedWith({ 'base.tar.zst': base })).toMatchObject({
      verdict: 'altered',
      findings: [
        { kind: 'altered', file: 'base.tar.zst', entry: 'PG_VERSION', message: expect.stringContaining('checksum') },
      ],
    });
  });

  test('entries that are missing, too many or of another length are one finding, the worst first', async () => {
    const { PG_VERSION: _, ...rest } = DATA_FILES;
    const base = zstd(baseTar({ ...rest, 'base/1/2601': Buffer.from('short'), 'base/1/9999': Buffer.from('new') }));
    const { verdict, findings } = await signedWith({ 'base.tar.zst': base });
    expect(verdict).toBe('altered');
    expect(findings).toHaveLength(1);
    expect(flattened(findings).map(({ kind, entry }) => [kind, entry])).toEqual([
      ['altered', 'base/1/2601'],
      ['missing', 'PG_VERSION'],
      ['unexpected', 'base/1/9999'],
    ]);
  });

  test('a segment of the log that recovery needs is not there', async () => {
    const other = tarOf({ path: '000000010000000000000021', data: segment(0x2100000n) });
    expect(await signedWith({ 'wal.tar.zst': zstd(other) })).toMatchObject({
      verdict: 'missing',
      findings: [{ kind: 'missing', file: 'wal.tar.zst', entry: SEGMENT }],
    });
  });

  test('the log up to the restore point is needed too, when our manifest says so', async () => {
    const requiredWal = [{ timeline: 1, startLsn: '0/2000028', endLsn: '0/2200001' }];
    const { findings } = await signedWith({}, { requiredWal });
    expect(flattened(findings).map(({ kind, entry }) => [kind, entry])).toEqual([
      ['missing', '000000010000000000000021'],
      ['missing', '000000010000000000000022'],
    ]);
  });

  test.each([
    ['of another place', segment(0x2300000n), 'another part of the log'],
    ['of another cluster', segment(0x2000000n, 1n), 'another cluster'],
    ['that is no log at all', Buffer.alloc(1_048_576, 1), 'header of a segment'],
  ])('a segment %s', async (_, data, why) => {
    expect(await signedWith({ 'wal.tar.zst': zstd(tarOf({ path: SEGMENT, data })) })).toMatchObject({
      verdict: 'damaged',
      findings: [{ kind: 'corrupt', entry: SEGMENT, message: expect.stringContaining(why) }],
    });
  });

  test('a base backup without the server’s manifest', async () => {
    expect(await signedWith({ backup_manifest: undefined })).toMatchObject({
      verdict: 'missing',
      findings: [{ kind: 'missing', file: 'backup_manifest' }],
    });
  });

  test('a server’s manifest without checksums is not called content', async () => {
    const without = backupManifest(DATA_FILES, (text) =>
      text.replaceAll(/, "Checksum-Algorithm": "SHA256", "Checksum": "\w+"/g, ''),
    );
    expect(await signedWith({ backup_manifest: without })).toMatchObject({
      verdict: 'unverifiable',
      findings: [{ kind: 'unknown-format', message: expect.stringContaining('NONE') }],
    });
  });
});
