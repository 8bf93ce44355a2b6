import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { noise } from './support/point-making.ts';
import { checkZip } from './support/zip-checking.ts';
import { type MadeZipEnd, type MadeZipEntry, zipOf } from './support/zip-making.ts';

const kindsOf = async (zip: Buffer) => (await checkZip(zip)).findings.map(({ kind }) => kind);
const good = { name: 'good', data: 'good' };

describe('an entry is hostile', () => {
  test.each<[string, readonly MadeZipEntry[]]>([
    ['that leads out of the directory', [{ name: '../x' }]],
    ['that is absolute', [{ name: '/etc/passwd' }]],
    ['that leads out with backslashes', [{ name: 'a\\..\\..\\x' }]],
    ['that begins with a backslash', [{ name: '\\x' }]],
    ['that names a drive', [{ name: 'C:/x' }]],
    ['with a NUL in its name', [{ name: 'a\0b' }]],
    ['with a control character in its name', [{ name: 'a\u001b[2Jb' }]],
    ['without a name', [{ name: '' }]],
    ['with a name of 5000 bytes', [{ name: 'n'.repeat(5000) }]],
    ['whose name was there before', [good, { name: './good' }]],
    ['that is a link out of the directory', [{ name: 'a/link', data: '../../x', mode: 0o120777 }]],
    ['that is a link to an absolute path', [{ name: 'link', data: '/etc', mode: 0o120777 }]],
    ['that leads through a link', [{ name: 'link', data: 'there', mode: 0o120777 }, { name: 'link/x' }]],
    ['that is a device', [{ name: 'disk', mode: 0o060600 }]],
    ['whose link target is longer than any name', [{ name: 'link', data: 'x'.repeat(5000), mode: 0o120777 }]],
  ])('%s', async (_, entries) => {
    expect(await kindsOf(zipOf([...entries, { name: 'last', data: 'x' }]))).toContain('hostile');
  });

  test('when its local header names another place than the directory', async () => {
    const editLocal = (header: Buffer) => void header.write('../../xx', 30);
    expect(await kindsOf(zipOf([{ name: 'harmless', editLocal }]))).toEqual(['hostile', 'corrupt']);
  });

  test('when a second entry of the directory has its local header', async () => {
    const zip = zipOf([
      good,
      { name: 'same', data: 'good', editCentral: (header) => void header.writeUInt32LE(0, 42) },
    ]);
    const { findings } = await checkZip(zip);
    expect(findings[0]).toMatchObject({ kind: 'hostile', offset: 0 });
  });

  test('when its data contains the next entry, as in a bomb of overlapping files', async () => {
    const inner = zipOf([{ name: 'inner', data: noise(500, 1) }]);
    const local = inner.subarray(0, inner.indexOf('PK\x01\x02', 0, 'latin1'));
    const outer = zipOf([
      { name: 'outer', data: local },
      { name: 'inner', data: noise(500, 1), editCentral: (header) => void header.writeUInt32LE(35, 42) },
    ]);
    expect((await checkZip(outer)).findings[0]).toMatchObject({ kind: 'hostile', entry: 'outer' });
  });

  test('when the archive unpacks to more than is allowed: at once, and once', async () => {
    const entry = { data: Buffer.alloc(3_000_000), method: 8 };
    const zip = zipOf([1, 2, 3].map((index) => ({ name: `bomb ${index}`, ...entry })));
    const limits = { expansionRatioMax: 10, expansionFreeBytes: 1_000_000 };
    const { findings } = await checkZip(zip, { limits });
    expect(findings).toMatchObject([{ kind: 'hostile', entry: 'bomb 1' }]);
  });

  test('when there are more of them than are allowed', async () => {
    const zip = zipOf(Array.from({ length: 12 }, (_, index) => ({ name: `${index}` })));
    expect(await checkZip(zip, { limits: { entriesMax: 10 } })).toMatchObject({
      isComplete: false,
      findings: [{ kind: 'hostile' }],
    });
  });
});

test('a backslash that leads nowhere and a directory with data are suspect', async () => {
  expect(await kindsOf(zipOf([{ name: 'a\\b' }]))).toEqual(['suspect']);
  expect(await kindsOf(zipOf([{ name: 'directory/', data: 'hidden' }]))).toEqual(['suspect']);
});

test('bytes before the archive and between its entries are suspect, another archive before it or behind it corrupt', async () => {
  const zip = zipOf([good, { name: 'b', data: 'b' }]);
  expect(await kindsOf(Buffer.concat([Buffer.from('#!/bin/sh\nexit\n'), zip]))).toEqual(['suspect']);
  const gap = { name: 'b', gapBefore: Buffer.from('hidden') };
  expect((await checkZip(zipOf([good, gap]))).findings).toMatchObject([{ kind: 'suspect', offset: 38, endOffset: 44 }]);
  const other = zipOf([{ name: 'c', data: 'c' }]);
  expect((await checkZip(Buffer.concat([other, zip]))).findings).toMatchObject([
    { kind: 'corrupt', offset: 0, endOffset: other.length },
  ]);
});

test('a second end record in the comment, with a directory of its own, is hostile', async () => {
  const second = zipOf([{ name: 'seen by some', data: 'x' }]);
  expect(await kindsOf(zipOf([good], { comment: second }))).toContain('hostile');
});

describe('what cannot be read is said to be so, and the rest is verified', () => {
  const bad = { name: 'bad', data: 'bad', editLocal: (header: Buffer) => void header.fill(1, 14, 15) };

  test('encrypted entries are one finding for the missing key', async () => {
    const locked = [1, 2, 3].map((index) => ({ name: `${index}`, data: noise(100, index), flags: 1 }));
    const { findings, level } = await checkZip(zipOf([...locked, good]));
    expect(findings).toMatchObject([{ kind: 'no-key', entry: '1' }]);
    expect(findings[0]?.message).toContain('3 entries');
    expect(level).toBe('digest');
    expect(await kindsOf(zipOf([...locked, bad]))).toEqual(['no-key', 'corrupt']);
  });

  test('methods that are not known are a finding each', async () => {
    const unknown = [9, 12, 14, 12].map((method, index) => ({
      name: `${index}`,
      data: 'x',
      method,
      packed: noise(50, 1),
    }));
    const { findings } = await checkZip(zipOf([...unknown, good]));
    expect(findings.map(({ kind }) => kind)).toEqual(['unknown-format', 'unknown-format', 'unknown-format']);
    expect(findings[0]?.message).toContain('deflate64');
  });

  test('a part of several is not called damaged', async () => {
    const editEnd = (end: Buffer) => {
      end.writeUInt16LE(2, 4);
      end.writeUInt16LE(2, 6);
    };
    expect(await kindsOf(zipOf([good], { editEnd }))).toEqual(['unknown-format']);
  });
});

test.each<[string, readonly MadeZipEntry[], MadeZipEnd]>([
  ['packed data that goes on behind its end', [{ name: 'a', data: 'a', method: 8, packed: padded('a') }], {}],
  [
    'packed data that is cut',
    [{ name: 'a', data: 'abcdef', method: 8, packed: deflateRawSync('abcdef').subarray(0, -1) }],
    {},
  ],
  ['a descriptor that is missing', [{ name: 'a', data: 'a', flags: 8 }], {}],
  ['a wrong number of entries', [good], { editEnd: (end) => void end.fill('\x02\x00', 8, 12) }],
])('%s is corrupt', async (_, entries, end) => {
  expect(await kindsOf(zipOf(entries, end))).toEqual(['corrupt']);
});

function padded(data: string): Buffer {
  return Buffer.concat([deflateRawSync(data), Buffer.from('more')]);
}

test('an archive without entries is empty, and a file that is none is corrupt', async () => {
  expect(await kindsOf(zipOf([]))).toEqual(['empty']);
  expect(await kindsOf(Buffer.alloc(0))).toEqual(['empty']);
  expect(await kindsOf(noise(1000, 3))).toEqual(['corrupt']);
});
