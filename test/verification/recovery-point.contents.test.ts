import { describe, expect, test } from 'vitest';
import {
  backupManifest,
  baseTar,
  check,
  DATA_FILES,
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
