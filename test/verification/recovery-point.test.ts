import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdir, rename, rm, stat, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { serialiseManifest } from '../../src/verification/manifest.ts';
import { pgArchive } from './support/pg-making.ts';
import {
  baseTar,
  check,
  checkChanged,
  DATA_FILES,
  editing,
  pointFiles,
  SEGMENT,
  segment,
  writePoint,
  zstd,
} from './support/point-making.ts';
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

  test('of a custom dump is sound at level structure, because nothing lists what is inside', async () => {
    const directory = await newDirectory();
    await writePoint(directory, { 'database.dump': pgArchive().bytes, 'record.json': Buffer.from('{}') });
    expect(await check(directory)).toMatchObject({ verdict: 'sound', level: 'structure', filesChecked: 2 });
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
