import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDigestList } from '../../src/verification/digest-list.ts';
import { isWeak } from '../../src/verification/expected-file.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { scaled } from '../support/scale.ts';
import { flipped } from './support/damage.ts';
import { useDirectories } from './support/temporary-directory.ts';
import { hasTool } from './support/tools.ts';

const newDirectory = useDirectories();

const hexOf = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');
const SHA_A = hexOf('sha256', 'a');
const SHA_B = hexOf('sha256', 'b');

const read = (text: string | Buffer, name = 'SHA256SUMS', limits = DEFAULT_LIMITS) =>
  readDigestList(Buffer.from(text as string), name, limits);

/** Names and digests of a list; fails when there is none. */
function entriesOf(text: string | Buffer, name?: string): Record<string, unknown> {
  const { list, finding } = read(text, name);
  expect(finding).toBeUndefined();
  return Object.fromEntries(
    [...(list?.entries ?? [])].map(([path, { digests }]) => [
      path,
      digests.map(({ algorithm, hex }) => `${algorithm}:${hex}`).join(' '),
    ]),
  );
}

/** The list without what does not matter in it. */
const plain = (bytes: Buffer) =>
  bytes
    .toString('latin1')
    .toLowerCase()
    .trimEnd()
    .replaceAll(/[ \t][ *]/g, '  ');

describe('a checksum list', () => {
  test.each([
    ['text mode', `${SHA_A}  a\n${SHA_B}  d/b\n`],
    ['binary mode', `${SHA_A} *a\n${SHA_B} *d/b\n`],
    ['one blank, as md5 -r writes it', `${SHA_A} a\n${SHA_B} d/b\n`],
    ['upper-case digits', `${SHA_A.toUpperCase()}  a\n${SHA_B}  d/b\n`],
    ['BSD tags', `SHA256 (a) = ${SHA_A}\nSHA256 (d/b) = ${SHA_B}\n`],
    ['OpenSSL', `SHA256(a)= ${SHA_A}\nSHA2-256(d/b)= ${SHA_B}\n`],
    ['base64', `SHA256 (a) = ${Buffer.from(SHA_A, 'hex').toString('base64')}\nSHA256 (d/b) = ${SHA_B}\n`],
    ['lines of Windows', `${SHA_A}  a\r\n${SHA_B}  d/b\r\n`],
    ['UTF-16 of Windows', Buffer.from(`\ufeff${SHA_A}  a\r\n${SHA_B}  d/b\r\n`, 'utf16le')],
    ['a byte order mark', `\ufeff${SHA_A}  a\n${SHA_B}  d/b\n`],
    ['comments and empty lines', `# made by hand\n\n${SHA_A}  a\n  ${SHA_B}  d/b\n\n`],
    ['no newline at its end', `${SHA_A}  a\n${SHA_B}  d/b`],
    ['tidied paths', `${SHA_A}  ./a\n${SHA_B}  d//./b\n`],
    ['a line twice', `${SHA_A}  a\n${SHA_B}  d/b\n${SHA_A}  a\n`],
    ['sizes', `TIMESTAMP = 1700000000\nSHA256 (a) = ${SHA_A}\nSIZE (a) = 1\nSHA256 (d/b) = ${SHA_B}\n`],
  ])('is read with %s', (_, text) => {
    expect(entriesOf(text)).toEqual({ a: `sha256:${SHA_A}`, 'd/b': `sha256:${SHA_B}` });
  });

  test.each([
    ['md5sums', 'md5', true],
    ['SHA1SUMS', 'sha1', true],
    ['SHA224SUMS', 'sha224', false],
    ['SHA384SUMS', 'sha384', false],
    ['SHA512SUMS', 'sha512', false],
    ['B2SUMS', 'blake2b512', false],
    ['x.BLAKE2b', 'blake2b512', false],
    ['SHA3-256SUMS', 'sha3-256', false],
  ])('of the name %s has %s digests; weak: %s', (name, algorithm, weak) => {
    const { list } = read(`${hexOf(algorithm, 'a')}  a\n`, name);
    expect(list?.entries.get('a')?.digests).toEqual([{ algorithm, hex: hexOf(algorithm, 'a') }]);
    expect(list && isWeak(list)).toBe(weak);
  });

  test('keeps every kind of digest of a file, and is not weak for one more that is', () => {
    const list = `MD5 (a) = ${hexOf('md5', 'a')}\nSHA256 (a) = ${SHA_A}\nBLAKE2b (a) = ${hexOf('blake2b512', 'a')}\n`;
    expect(entriesOf(list)).toEqual({
      a: `md5:${hexOf('md5', 'a')} sha256:${SHA_A} blake2b512:${hexOf('blake2b512', 'a')}`,
    });
    const { list: parsed } = read(list);
    expect(parsed && [parsed.kind, isWeak(parsed)]).toEqual(['bsd', false]);
  });

  test('undoes the escapes of names', () => {
    expect(Object.keys(entriesOf(`\\${SHA_A}  a\\\\b\\nc\\rd\n\\SHA256 (x\\ny) = ${SHA_B}\n`))).toEqual([
      'a\\b\nc\rd',
      'x\ny',
    ]);
    expect(Object.keys(entriesOf(`${SHA_A}  a\\b\n`))).toEqual(['a\\b']);
    expect(Object.keys(entriesOf(Buffer.concat([Buffer.from(`${SHA_A}  `), Buffer.from([0x61, 0xff, 0x0a])])))).toEqual(
      ['a\\xff'],
    );
  });

  test.each([
    ['nothing', '', 'empty'],
    ['comments only', '# nothing\n\n', 'empty'],
    ['a digest without a name', `${SHA_A}  a\n${SHA_B}\n${SHA_A}  c\n`, 'corrupt'],
    ['a name without a digest', `${SHA_A}  a\nb\n${SHA_A}  c\n`, 'corrupt'],
    ['a digest that lost a digit', `${SHA_A}  a\n${SHA_B.slice(1)}  b\n`, 'corrupt'],
    ['a digest that lost two', `${SHA_A}  a\n${SHA_B.slice(2)}  b\n`, 'corrupt'],
    ['a digit that is none', `${SHA_A}  a\n${SHA_B.replace(/./, 'g')}  b\n`, 'corrupt'],
    ['two digests for one name', `${SHA_A}  a\n${SHA_B}  ./a\n`, 'corrupt'],
    ['an escape that is none', `\\${SHA_A}  a\\tb\n`, 'corrupt'],
    ['a tag that lost its meaning among others', `SHA256 (a) = ${SHA_A}\nSHB256 (b) = ${SHA_B}\n`, 'corrupt'],
    ['the directory itself', `${SHA_A}  ./\n`, 'corrupt'],
    ['zeros in place of a list', Buffer.alloc(4096), 'corrupt'],
    ['a last line cut in its digest', `${SHA_A}  a\n${SHA_B.slice(0, 20)}`, 'truncated'],
    ['a last line cut behind its digest', `${SHA_A}  a\n${SHA_B}  `, 'truncated'],
    ['a last line cut in a tag', `SHA256 (a) = ${SHA_A}\nSHA256 (b) = ${SHA_B.slice(0, 11)}`, 'truncated'],
    ['a name out of the directory', `${SHA_A}  a\n${SHA_B}  ../b\n`, 'hostile'],
    ['an absolute name', `${SHA_A}  /etc/passwd\n`, 'hostile'],
    ['an absolute name of Windows', `${SHA_A}  C:\\Windows\\x\n`, 'hostile'],
    ['an escape sequence', `${SHA_A}  a\u001b[2J\n`, 'hostile'],
    ['a NUL', `${SHA_A}  a\0b\n`, 'hostile'],
    ['digests of an unknown length', `${'ab'.repeat(22)}  a\n`, 'unknown-format'],
    ['digests of an unknown tag', `BLAKE2b-256 (a) = ${SHA_A}\n`, 'unknown-format'],
  ])('with %s is refused', (_, text, kind) => {
    const { list, finding } = read(text);
    expect([list, finding?.kind]).toEqual([undefined, kind]);
  });

  test('that is none at all is an unknown format, unless its name claims to be one', () => {
    const text = 'Dear reader,\nthis is a letter.\n';
    expect(read(text, 'letter.txt').finding?.kind).toBe('unknown-format');
    expect(read(text, 'SHA256SUMS').finding?.kind).toBe('corrupt');
    expect(read(`${SHA_A}  a\n`, 'files.b3').finding?.kind).toBe('unknown-format');
  });

  test('says the line, where it is, and how many more there are', () => {
    const { finding } = read(`${SHA_A}  a\nbroken\n${SHA_B}  b\nbroken\u001b\n`);
    expect(finding).toMatchObject({ file: 'SHA256SUMS', offset: 68, endOffset: 74 });
    expect(finding?.message).toBe(
      'Line 2 of SHA256SUMS is neither "DIGEST  NAME" nor "ALGORITHM (NAME) = DIGEST" (and 1 more lines are none).',
    );
  });

  test('is bounded', () => {
    const limits = { ...DEFAULT_LIMITS, entriesMax: 2 };
    const three = ['a', 'b', 'c'].map((name) => `${SHA_A}  ${name}\n`).join('');
    expect(read(three, 'SHA256SUMS', limits).finding?.kind).toBe('hostile');
    expect(read(three, 'SHA256SUMS', { ...DEFAULT_LIMITS, documentBytesMax: 100 }).finding?.kind).toBe('hostile');
  });

  test('never says of a changed list what the list itself did not say, and never fails', () => {
    const names = Array.from({ length: 20 }, (_, index) => `dir/file-${index}`);
    const bytes = Buffer.from(names.map((name) => `${hexOf('sha256', name)}  ${name}\n`).join(''));
    const original = JSON.stringify(entriesOf(bytes));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), fc.nat(bytes.length), (at, bit, cut) => {
        for (const changed of [
          flipped(bytes, at, bit),
          bytes.subarray(0, cut),
          flipped(bytes, at, bit).subarray(0, cut),
        ]) {
          const { list, finding } = read(changed);
          expect(list === undefined).toBe(finding !== undefined);
          // Digits know two spellings, separators three; and the last newline may be missing.
          if (list && plain(changed) !== plain(bytes)) expect(JSON.stringify(entriesOf(changed))).not.toBe(original);
        }
      }),
      { numRuns: scaled(300) },
    );
  });

  test('of any bytes gives a list or a finding', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const { list, finding } = read(Buffer.from(bytes));
        expect(list === undefined).toBe(finding !== undefined);
      }),
      { numRuns: scaled(300) },
    );
  });
});

const TOOLS = [
  ['md5sum', []],
  ['sha1sum', []],
  ['sha224sum', []],
  ['sha256sum', []],
  ['sha256sum', ['--tag']],
  ['sha256sum', ['--binary']],
  ['sha384sum', []],
  ['sha512sum', []],
  ['b2sum', ['--tag']],
  ['cksum', ['-a', 'sha256']],
  ['cksum', ['-a', 'sm3']],
  ['shasum', ['-a', '256']],
  ['openssl', ['dgst', '-sha256']],
  ['openssl', ['sha512', '-r']],
] as const;

describe('lists that tools write', () => {
  test.for(TOOLS)('of %j name every file with its digest', async ([tool, options], { skip }) => {
    if (!hasTool(tool)) skip(`this machine has no ${tool}`);
    const directory = await newDirectory();
    const names = ['plain', 'with blank', 'ünï', 'back\\slash', 'new\nline', '#comment', '*star', 'd/(x) = y'];
    const usable = tool === 'openssl' ? names.filter((name) => !name.includes('\n')) : names;
    await mkdir(join(directory, 'd'));
    for (const name of usable) await writeFile(join(directory, name), name);
    const out = execFileSync(tool, [...options, ...usable], { cwd: directory });
    const { list, finding } = readDigestList(out, tool === 'b2sum' ? 'B2SUMS' : 'list', DEFAULT_LIMITS);
    expect(finding).toBeUndefined();
    expect([...(list?.entries.keys() ?? [])].toSorted()).toEqual(usable.toSorted());
    for (const [name, { digests }] of list?.entries ?? []) {
      const [digest] = digests;
      expect(digest?.hex).toBe(
        createHash(digest?.algorithm ?? '')
          .update(await readFile(join(directory, name)))
          .digest('hex'),
      );
    }
  });
});
