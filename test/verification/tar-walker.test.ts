import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { TarArchive } from 'archiver';
import { create } from 'tar';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { TarWalker } from '../../src/verification/tar-walker.ts';
import { paxEntry, tarEntry, tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';
import { walk } from './support/walking.ts';

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
const newDirectory = useDirectories();

const LONG = `${'d'.repeat(120)}/${'n'.repeat(150)}`;
const FILES: Readonly<Record<string, Buffer>> = {
  empty: Buffer.alloc(0),
  'one-block': Buffer.alloc(512, 1),
  odd: Buffer.alloc(70_001, 2),
  'sub/名前.txt': Buffer.from('text\n'),
  [LONG]: Buffer.from('long'),
};

describe('a sound archive of', () => {
  let tree: string;

  beforeAll(async () => {
    tree = await newDirectory();
    for (const [path, data] of Object.entries(FILES)) {
      await mkdir(join(tree, path, '..'), { recursive: true });
      await writeFile(join(tree, path), data);
    }
    await symlink('odd', join(tree, 'link'));
  });

  const expectSound = (tar: Buffer, hasLink = true) => {
    const { findings, isComplete, list } = walk(tar);
    expect(findings).toEqual([]);
    expect(isComplete).toBe(true);
    for (const [path, data] of Object.entries(FILES)) {
      expect(list.find((entry) => entry.path === path)).toMatchObject({ sizeBytes: data.length, digest: sha256(data) });
    }
    if (hasLink) expect(list.find((entry) => entry.path === 'link')).toMatchObject({ type: 'symlink', target: 'odd' });
  };

  for (const format of ['gnu', 'pax', 'posix']) {
    test(`GNU tar in the format ${format} has no finding`, ({ skip }) => {
      if (!hasGnuTar()) skip('this machine has no GNU tar');
      expectSound(execFileSync('tar', ['-C', tree, `--format=${format}`, '-cf', '-', '.'], { maxBuffer: 1e8 }));
    });
  }

  test('node-tar has no finding', async () => {
    expectSound(await buffer(create({ cwd: tree }, ['.'])));
  });

  test('node-tar without pax headers has no finding', async () => {
    const { [LONG]: _, ...short } = FILES;
    const { findings, list } = walk(await buffer(create({ cwd: tree, noPax: true }, Object.keys(short))));
    expect(findings).toEqual([]);
    expect(list).toHaveLength(Object.keys(short).length);
  });

  test('the archiver library has no finding', async () => {
    const archive = new TarArchive();
    for (const [name, data] of Object.entries(FILES)) archive.append(data, { name });
    void archive.finalize();
    expectSound(await buffer(archive), false);
  });

  test('version 7, with a directory that only its slash marks, has no finding', () => {
    const v7 = { magic: '\0\0\0\0\0\0\0\0', typeflag: '\0' };
    const { findings, list } = walk(tarOf({ path: 'old/', ...v7 }, { path: 'old/file', data: 'x', ...v7 }));
    expect(findings).toEqual([]);
    expect(list.map(({ path, type }) => [path, type])).toEqual([
      ['old', 'directory'],
      ['old/file', 'file'],
    ]);
  });

  test('a sparse file by GNU tar has no finding', async ({ skip }) => {
    if (!hasGnuTar()) skip('this machine has no GNU tar');
    const directory = await newDirectory();
    await writeFile(join(directory, 'holes'), 'start');
    await truncate(join(directory, 'holes'), 50_000_000);
    for (const format of ['gnu', 'pax']) {
      const tar = execFileSync('tar', ['-C', directory, '-S', `--format=${format}`, '-cf', '-', 'holes'], {
        maxBuffer: 1e8,
      });
      const { findings, list } = walk(tar);
      expect(findings).toEqual([]);
      expect(list).toMatchObject([{ path: 'holes', sparse: true }]);
    }
  });

  test('entries with a size in base-256 has no finding', () => {
    const size = Buffer.alloc(12);
    size[0] = 0x80;
    size.writeUInt32BE(5, 8);
    expect(walk(tarOf({ path: 'f', data: 'hello', sizeField: size })).list).toMatchObject([
      { digest: sha256('hello') },
    ]);
  });

  test('the same bytes gives the same entries however they are cut into pieces', () => {
    const tar = tarOf(
      paxEntry({ path: 'renamed' }),
      { path: 'f', data: Buffer.alloc(1500, 7) },
      { path: 'g', data: 'x' },
    );
    const whole = walk(tar);
    for (const pieceBytes of [1, 7, 511, 512, 513]) expect(walk(tar, { pieceBytes })).toEqual(whole);
    expect(whole.list.map(({ path }) => path)).toEqual(['renamed', 'g']);
  });
});

describe('extended headers', () => {
  test('a global pax header counts for all that follow until one of their own says otherwise', () => {
    const { list, findings } = walk(
      tarOf(
        paxEntry({ mtime: '1000.7' }, 'g'),
        { path: 'a' },
        paxEntry({ mtime: '2000' }),
        { path: 'b' },
        { path: 'c' },
      ),
    );
    expect(findings).toEqual([]);
    expect(list.map(({ mtimeSeconds }) => mtimeSeconds)).toEqual([1000, 2000, 1000]);
  });

  test('a pax size stands above the one in the header', () => {
    const entry = { path: 'f', data: 'hello', sizeField: '00000000000\0' };
    expect(walk(tarOf(paxEntry({ size: '5' }), entry, { path: 'g' })).list).toMatchObject([
      { digest: sha256('hello') },
      { path: 'g' },
    ]);
  });

  test('a broken pax record is corrupt', () => {
    const broken = { path: 'p', typeflag: 'x', data: '99 path=a\n' };
    expect(walk(tarOf(broken, { path: 'f' })).findings).toMatchObject([{ kind: 'corrupt' }]);
  });

  test('an extended header at the end, with no entry behind it, is truncated', () => {
    expect(walk(tarOf({ path: 'f' }, paxEntry({ path: 'x' }))).findings).toMatchObject([{ kind: 'truncated' }]);
  });

  test('an extended header without bound is hostile and is not kept in memory', () => {
    const huge = tarEntry({ path: 'p', typeflag: 'x', sizeField: '77777777777\0' });
    expect(walk(huge).findings).toMatchObject([{ kind: 'hostile' }]);
  });
});

describe('a damaged archive', () => {
  const tar = tarOf(
    { path: 'a', data: Buffer.alloc(2000, 1) },
    { path: 'b', data: 'bbb' },
    { path: 'c', data: Buffer.alloc(600, 3) },
  );

  test('that is cut anywhere is truncated', () => {
    for (let length = 1; length < tar.length; length += 97) {
      const { findings, isComplete } = walk(tar.subarray(0, length));
      expect(isComplete).toBe(false);
      expect(findings, `cut at ${length}`).toMatchObject([{ kind: 'truncated' }]);
    }
  });

  test('that is cut exactly between two entries is truncated', () => {
    const { findings } = walk(tarEntry({ path: 'a', data: 'x' }));
    expect(findings).toMatchObject([{ kind: 'truncated', message: expect.stringContaining('two zero blocks') }]);
  });

  test('may lack its end blocks when that was allowed', () => {
    const { findings, isComplete } = walk(tarEntry({ path: 'a', data: 'x' }), { endBlocks: 'optional' });
    expect(findings).toEqual([]);
    expect(isComplete).toBe(true);
  });

  test('with one end block only is truncated', () => {
    expect(walk(tar.subarray(0, -512)).findings).toMatchObject([{ kind: 'truncated' }]);
  });

  test('with a bit turned anywhere in a header is found', () => {
    for (let at = 0; at < 512; at += 1) {
      for (const bit of [0, 3, 7]) {
        const damaged = Buffer.from(tar);
        damaged[2560 + at] = (damaged[2560 + at] ?? 0) ^ (1 << bit);
        expect(walk(damaged).findings.length, `byte ${at}, bit ${bit}`).toBeGreaterThan(0);
      }
    }
  });

  test('with a bit turned in data has another digest for that entry alone', () => {
    const damaged = Buffer.from(tar);
    damaged[700] = 9;
    const digests = walk(tar).list.map(({ digest }) => digest);
    const differ = walk(damaged).list.filter(({ digest }, index) => digest !== digests[index]);
    expect(differ.map(({ path }) => path)).toEqual(['a']);
  });

  test('with a zeroed block where a header was is corrupt', () => {
    const damaged = Buffer.from(tar).fill(0, 2560, 3072);
    expect(walk(damaged).findings).toMatchObject([{ kind: 'corrupt', message: expect.stringContaining('middle') }]);
  });

  test('with anything but zeros behind its end is corrupt', () => {
    expect(walk(Buffer.concat([tar, Buffer.from('x')])).findings).toMatchObject([{ kind: 'corrupt' }]);
    expect(walk(Buffer.concat([tar, tar])).findings).toMatchObject([{ kind: 'corrupt' }]);
  });

  test('with zeros behind its end is sound, as long as the blocks are whole', () => {
    expect(walk(Buffer.concat([tar, Buffer.alloc(9 * 512)])).findings).toEqual([]);
    expect(walk(Buffer.concat([tar, Buffer.alloc(100)])).findings).toMatchObject([{ kind: 'truncated' }]);
  });

  test('that hides data in the padding of an entry is suspect', () => {
    const damaged = Buffer.from(tar);
    damaged[512 + 2000] = 1;
    expect(walk(damaged).findings).toMatchObject([
      { kind: 'suspect', message: expect.stringContaining('behind the entry a') },
    ]);
  });

  test('without entries is empty, and so is one without bytes', () => {
    expect(walk(Buffer.alloc(10_240)).findings).toMatchObject([{ kind: 'empty' }]);
    expect(walk(Buffer.alloc(0)).findings).toMatchObject([{ kind: 'empty' }]);
  });
});

test('the head of the data is kept as far as it was asked for', () => {
  const tar = tarOf({ path: 'a', data: 'abcdefghij' }, { path: 'b', data: 'xy' });
  for (const pieceBytes of [1, 512, 65_536]) {
    expect(walk(tar, { headBytes: 4, pieceBytes }).list.map(({ head }) => `${head}`)).toEqual(['abcd', 'xy']);
  }
});

test('an archive whose decoding stopped early is incomplete, but not called truncated a second time', () => {
  const walker = new TarWalker({ file: 'a.tar', limits: DEFAULT_LIMITS, onEntry: () => {} });
  walker.write(tarEntry({ path: 'a', data: 'x' }));
  expect(walker.end('cut')).toMatchObject({ isComplete: false, findings: [], entries: 1 });
});

function hasGnuTar(): boolean {
  try {
    return execFileSync('tar', ['--version'], { encoding: 'utf8' }).includes('GNU tar');
  } catch {
    return false;
  }
}
