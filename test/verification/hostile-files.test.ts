import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkBytes } from './support/file-checking.ts';
import { zstd } from './support/point-making.ts';
import { paxEntry, tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
let directory: string;

beforeAll(async () => {
  directory = await newDirectory();
});

const HOSTILE: Readonly<Record<string, Buffer>> = {
  'a name that leads out': tarOf({ path: 'a/../../b', data: 'x' }),
  'an absolute name': tarOf({ path: '/etc/passwd', data: 'x' }),
  'a device': tarOf({ path: 'sda', typeflag: '4' }),
  'a link that leads out': tarOf({ path: 'a/l', typeflag: '2', target: '../../b' }),
  'a hard link that leads out': tarOf({ path: 'l', typeflag: '1', target: '/etc/shadow' }),
  'a path through its own link': tarOf({ path: 'a', typeflag: '2', target: 'b' }, { path: 'a/f', data: 'x' }),
  'a name twice': tarOf({ path: 'a', data: '1' }, { path: './a', data: '2' }),
  'a NUL in a name': tarOf(paxEntry({ path: 'a\0b' }), { path: 'b' }),
  'an escape sequence in a name': tarOf({ path: 'a\u001b[2J', data: 'x' }),
  'a negative size': tarOf({ path: 'a', sizeField: Buffer.alloc(12, 0xff) }),
};

describe.each(Object.entries(HOSTILE))('a tar with %s', (_, tar) => {
  test('is hostile as it is and packed, once, and its name harms no terminal', async () => {
    for (const [file, bytes] of [
      ['a.tar', tar],
      ['a.tar.gz', gzipSync(tar)],
      ['a.tar.zst', zstd(tar)],
    ] as const) {
      const { verdict, findings } = await checkBytes(directory, file, bytes);
      expect(verdict, file).toBe('hostile');
      expect(findings, file).toMatchObject([{ kind: 'hostile', file }]);
      expect(findings[0]?.message, file).not.toMatch(/\p{Cc}/u);
    }
  });
});

describe('a bomb', () => {
  const limits = { expansionRatioMax: 50, expansionFreeBytes: 1_000_000 };
  const zeros = Buffer.alloc(8_000_000);
  const BOMBS: Readonly<Record<string, Buffer>> = {
    'a.gz': gzipSync(zeros),
    'a.zst': zstd(zeros),
    'a.tar.gz': gzipSync(tarOf({ path: 'zeros', data: zeros })),
    'a.tar.zst': zstd(tarOf({ path: 'zeros', data: zeros })),
    'of many members.gz': Buffer.concat(Array.from({ length: 8 }, () => gzipSync(zeros.subarray(0, 1_000_000)))),
    'within a packing.gz.gz': gzipSync(gzipSync(zeros)),
  };

  test.each(Object.entries(BOMBS))('%s is hostile, and left where the limit is reached', async (file, bytes) => {
    const result = await checkBytes(directory, file, bytes, { limits });
    expect(result).toMatchObject({ verdict: 'hostile', findings: [{ kind: 'hostile' }] });
    expect(result.decodedBytes).toBeLessThanOrEqual(1_500_000);
  });

  test('of packings around each other is hostile beyond the limit, and none within it', async () => {
    let bytes = Buffer.from('some text');
    for (let depth = 1; depth <= 7; depth += 1) {
      bytes = gzipSync(bytes);
      const { verdict } = await checkBytes(directory, `a${'.gz'.repeat(depth)}`, bytes, { limits: { packingsMax: 5 } });
      expect(verdict, `${depth} times`).toBe(depth <= 5 ? 'sound' : 'hostile');
    }
  });

  test('of a window that wants too much memory is not decoded', async () => {
    const frame = Buffer.from(zstd(Buffer.alloc(3_000_000, 'text')));
    const limits = { windowBytesMax: 1_048_576 };
    const { verdict, findings } = await checkBytes(directory, 'a.zst', frame, { limits });
    expect(verdict).toBe('unverifiable');
    expect(findings).toMatchObject([{ kind: 'unknown-format' }]);
  });

  test('of entries is hostile beyond the limit, and so is a name without bound', async () => {
    const many = tarOf(...Array.from({ length: 30 }, (_, index) => ({ path: `f${index}` })));
    expect(await checkBytes(directory, 'many.tar', many, { limits: { entriesMax: 30 } })).toMatchObject({
      verdict: 'sound',
    });
    for (const [file, bytes] of [
      ['many.tar', many],
      ['many.tar.gz', gzipSync(many)],
    ] as const) {
      expect(await checkBytes(directory, file, bytes, { limits: { entriesMax: 29 } }), file).toMatchObject({
        verdict: 'hostile',
        entries: 29,
      });
    }
    const long = tarOf({ path: '././@LongLink', typeflag: 'L', sizeField: '77777777777\0' });
    expect((await checkBytes(directory, 'long.tar', long)).verdict).toBe('hostile');
  });

  test('whose length is on record may be as large as that', async () => {
    // A few zeroed segments of a log compress ten thousand times: what is free of the ratio is free.
    const result = await checkBytes(directory, 'a.gz', gzipSync(zeros), {
      limits: { ...limits, expansionFreeBytes: 8_000_000 },
    });
    expect(result).toMatchObject({ verdict: 'sound', decodedBytes: 8_000_000 });
  });
});
