import { generateKeyPairSync, hash } from 'node:crypto';
import { mkdir, readdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { noise } from '../verification/support/point-making.ts';
import { tarOf } from '../verification/support/tar-making.ts';
import { useDirectories } from '../verification/support/temporary-directory.ts';
import { verify, verifyJson } from './verify-here.ts';

const newDirectory = useDirectories();
const SOUND = tarOf({ path: 'a', data: 'some text' });
let root: string;
const at = (...names: string[]) => join(root, ...names);

beforeAll(async () => {
  root = await newDirectory();
  await mkdir(at('empty'));
  await mkdir(at('links'));
  await symlink('nowhere', at('links', 'dangling'));
  const files: Record<string, Buffer> = {
    'sound.tar': SOUND,
    'cut.tar': SOUND.subarray(0, 900),
    'hostile.tar': tarOf({ path: '../a', data: 'x' }),
    'strange.bin': noise(100, 1),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(at(name), bytes);
});

describe('the exit status', () => {
  it.each<[number, string, () => string[], string]>([
    [0, 'all is sound', () => [at('sound.tar')], 'sound'],
    [1, 'something is damaged', () => [at('sound.tar'), at('strange.bin'), at('cut.tar')], 'damaged'],
    [1, 'something is hostile', () => [at('cut.tar'), at('hostile.tar')], 'hostile'],
    [1, 'something is missing', () => [at('nowhere')], 'missing'],
    [1, 'a directory is empty', () => [at('empty')], 'damaged'],
    [1, 'the list is missing', () => ['--manifest', at('nowhere')], 'missing'],
    [
      3,
      'nothing is wrong, but something could not be judged',
      () => [at('sound.tar'), at('strange.bin')],
      'unverifiable',
    ],
    [3, 'there are only links that lead nowhere', () => [at('links')], 'unverifiable'],
  ])('is %i when %s', async (status, _, args, verdict) => {
    const { code, summary, stderr } = await verifyJson(...args());
    expect([code, summary.verdict, stderr]).toEqual([status, verdict, '']);
  });

  it.each<[string, () => string[], RegExp]>([
    ['no path', () => [], /Name a path, or a list with --manifest/],
    ['an empty path', () => [at('sound.tar'), ''], /A path is empty/],
    ['an unknown option', () => ['--frob', at('sound.tar')], /unknown option '--frob'/],
    [
      'an unknown level',
      () => ['--level', 'deep', at('empty')],
      /'--level <level>'.*Allowed choices are presence, digest/,
    ],
    ['the level that only a drill reaches', () => ['--level', 'restore', at('empty')], /Allowed choices/],
    ['no job', () => ['--jobs', '0', at('empty')], /--jobs must be a whole number from 1 to 64, not 0/],
    ['too many jobs', () => ['--jobs', '65', at('empty')], /--jobs must be/],
    ['half a job', () => ['--jobs', '1.5', at('empty')], /--jobs must be/],
    ['a negative ratio', () => ['--max-ratio=-1', at('empty')], /--max-ratio must be a whole number from 1/],
    ['a rate of nothing', () => ['--limit-rate', '0', at('empty')], /--limit-rate must be bytes per second, such as/],
    ['a rate in words', () => ['--limit-rate', '5 MB', at('empty')], /--limit-rate must be bytes per second/],
    [
      'a digest of another length',
      () => ['--digest', 'sha256:12', at('sound.tar')],
      /2 hexadecimal digits; sha256 has 64/,
    ],
    [
      'a digest of another kind',
      () => ['--digest', 'crc32:00000000', at('sound.tar')],
      /must be ALGORITHM:HEX, such as sha256:/,
    ],
    ['a digest without its kind', () => ['--digest', '0'.repeat(64), at('sound.tar')], /must be ALGORITHM:HEX/],
    [
      'a digest of two files',
      () => ['--digest', `md5:${'0'.repeat(32)}`, at('sound.tar'), at('cut.tar')],
      /exactly one path/,
    ],
    [
      'a digest of a directory',
      () => ['--digest', `md5:${'0'.repeat(32)}`, at('empty')],
      /one file, and .* is a directory/,
    ],
    [
      'a digest and a list',
      () => ['--digest', `md5:${'0'.repeat(32)}`, '--manifest', at('x'), at('cut.tar')],
      /not both/,
    ],
    [
      'an identity file that is none',
      () => ['--identity', at('strange.bin'), at('empty')],
      /--identity .* line 1 is no age identity/,
    ],
    ['an absent identity file', () => ['--identity', at('nowhere'), at('empty')], /--identity: there is no file/],
    ['a key file that is none', () => ['--public-key', at('strange.bin'), at('empty')], /--public-key: .* no key/],
    [
      'a journal in an absent directory',
      () => ['--resume', at('no', 'j'), at('empty')],
      /--resume: .* cannot be used: ENOENT/,
    ],
    [
      'a journal that is a directory',
      () => ['--resume', at('empty'), at('sound.tar')],
      /--resume: .* not a regular file/,
    ],
  ])('is 2 for %s, and says what would be right', async (_, args, complaint) => {
    const before = await readdir(root, { recursive: true });
    const { code, stdout, stderr } = await verify(...args());
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(complaint);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(await readdir(root, { recursive: true })).toEqual(before);
  });
});

const KEYS = [
  'path',
  'verdict',
  'level',
  'format',
  'bytes',
  'decodedBytes',
  'entries',
  'sha256',
  'seconds',
  'findings',
];

describe('names that would confuse a terminal or a script', () => {
  let odd: string;
  const names = [
    'esc\u001b[2Jape.tar',
    'new\nline.tar',
    'quo"te\\.tar',
    'lines\u2028bidi\u202e.tar',
    ' .tar',
    '-dash.tar',
  ];
  const notUtf8 = Buffer.from('no\xffutf8.tar', 'latin1');

  beforeAll(async () => {
    odd = at('odd');
    await mkdir(odd);
    for (const name of names) await writeFile(join(odd, name), SOUND);
    await writeFile(Buffer.concat([Buffer.from(`${odd}/`), notUtf8]), SOUND);
    await writeFile(
      join(odd, 'entry.tar'),
      tarOf({ path: 'a\u001b]0;title\u0007', data: 'x' }, { path: 'e\u001b', target: '/etc', typeflag: '2' }),
    );
  });

  it('stand in JSON as they are, one object a line with always the same keys, and nothing on standard error', async () => {
    const { code, results, summary, stderr } = await verifyJson(odd, at('nowhere\u0007'));
    expect([code, stderr]).toEqual([1, '']);
    for (const result of results) expect(Object.keys(result)).toEqual(KEYS);
    expect(results.map(({ path }) => path).toSorted()).toEqual(
      [
        ...names.map((name) => join(odd, name)),
        join(odd, 'entry.tar'),
        `${odd}/no\\xffutf8.tar`,
        at('nowhere\u0007'),
      ].toSorted(),
    );
    const sound = results.filter(({ verdict }) => verdict === 'sound');
    expect(sound.map(({ sha256 }) => sha256)).toEqual(Array(names.length + 1).fill(hash('sha256', SOUND)));
    expect(results.find(({ verdict }) => verdict === 'missing')?.sha256).toBeNull();
    expect(summary).toEqual({
      ...{ verdict: 'hostile', paths: names.length + 3, known: 0, interrupted: false, unchecked: 0 },
      verdicts: { sound: names.length + 1, hostile: 1, missing: 1 },
      ...{ bytes: expect.any(Number), decodedBytes: expect.any(Number), entries: expect.any(Number) },
      ...{ seconds: expect.any(Number), bytesPerSecond: expect.any(Number) },
    });
  });

  it('reach no terminal raw, in paths, entries and complaints', async () => {
    const { stdout } = await verify(odd, at('nowhere\u0007'));
    const refused = await verify('--identity', at('no\u001b[2J'), odd);
    const journal = await verify('--resume', at('no\u001b[2J', 'x'), odd);
    for (const text of [stdout, refused.stderr, journal.stderr]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
    }
    expect(stdout).toContain('esc\\x1b[2Jape.tar');
    expect(stdout).toContain('new\\x0aline.tar');
    expect(stdout).toContain('e\\x1b');
    expect(refused.stderr).toContain('no\\x1b[2J');
  });
});

describe('the answer for people', () => {
  it('is a line for each path, findings with their place, consequences beneath them, and the summary', async () => {
    const digest = `sha256:${hash('sha256', SOUND)}`;
    const { code, stdout, stderr } = await verify('--digest', digest, at('cut.tar'));
    expect([code, stderr]).toEqual([1, '']);
    const [head, cause, ...below] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^damaged {7}\S*cut\.tar {2}\(tar, 1 entry, 900 B, level structure\)$/);
    expect(cause).toMatch(/^ {2}truncated: cut\.tar is not what --digest records.* \[byte 900\]$/);
    expect(below[0]).toBe(`    expected ${digest}`);
    expect(below[1]).toMatch(/^ {4}actual {3}sha256:[0-9a-f]{64}$/);
    expect(below[2]).toMatch(/^ {4}truncated: The archive ends inside an entry .* \[byte 900\]$/);
    expect(below.at(-1)).toMatch(/^1 checked: 1 \w+; 900 B read in [\d.]+ s \(.*\/s\)$/);
  });

  it('with --quiet is what is not sound and the summary, without progress', async () => {
    const { code, stdout, stderr } = await verify('--quiet', at('sound.tar'), at('cut.tar'));
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).not.toContain('sound.tar');
    expect(stdout).toMatch(/^damaged .*cut\.tar[\s\S]*\n2 checked: 1 sound, 1 damaged; .*\n$/);
  });
});

describe('--digest', () => {
  it.each(['sha256', 'SHA-512', 'md5', 'sha1', 'blake2b512', 'sha3-256'])(
    'of the kind %s is compared',
    async (kind) => {
      const name = kind.toLowerCase().replace('sha-', 'sha');
      const right = hash(name, SOUND);
      const wrong = right.replace(/^./, (first) => (first === '0' ? '1' : '0'));
      const sound = await verifyJson(
        '--level',
        'digest',
        '--digest',
        `${kind}:${right.toUpperCase()}`,
        at('sound.tar'),
      );
      expect([sound.code, sound.results[0]?.level]).toEqual([0, 'digest']);
      const altered = await verifyJson('--digest', `${kind}:${wrong}`, at('sound.tar'));
      expect(altered).toMatchObject({
        code: 1,
        results: [{ findings: [{ kind: 'altered', expected: `${name}:${wrong}`, actual: `${name}:${right}` }] }],
      });
    },
  );
});

describe('--level', () => {
  it('presence reads nothing, however large', async () => {
    await writeFile(at('huge.tar'), '');
    await truncate(at('huge.tar'), 4_000_000_000_000);
    const { code, results } = await verifyJson('--level', 'presence', at('huge.tar'), at('nowhere'), at('cut.tar'));
    expect(code).toBe(1);
    expect(results.map(({ verdict, level, bytes, sha256 }) => [verdict, level, bytes, sha256])).toEqual([
      ['sound', 'presence', 0, null],
      ['missing', 'presence', 0, null],
      ['sound', 'presence', 0, null],
    ]);
  });

  it.each([
    ['digest', 3, 'unverifiable', 'presence'],
    ['structure', 1, 'damaged', 'structure'],
    ['content', 1, 'damaged', 'structure'],
  ])('%s looks no deeper into what has no digest on record', async (level, status, verdict, reached) => {
    const { code, results } = await verifyJson('--level', level, at('cut.tar'));
    expect([code, results[0]?.verdict, results[0]?.level]).toEqual([status, verdict, reached]);
  });
});

describe('--max-ratio', () => {
  it('calls more decoded bytes than that a bomb', async () => {
    const { zstdCompressSync } = await import('node:zlib');
    await writeFile(at('zeros.zst'), zstdCompressSync(Buffer.alloc(4_000_000)));
    const loose = await verifyJson('--max-ratio', '1000000', at('zeros.zst'));
    const strict = await verifyJson('--max-ratio', '10', at('zeros.zst'));
    expect([loose.summary.verdict, strict.summary.verdict]).toEqual(['sound', 'hostile']);
  });
});

describe('--public-key', () => {
  beforeAll(async () => {
    await writeFile(at('key.pub'), generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
  });

  it('is refused where nothing could carry a signature: sound would say more than was asked', async () => {
    const { code, stderr } = await verify('--public-key', at('key.pub'), at('sound.tar'));
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('nothing among the paths is of a kind that carries one'),
    ]);
  });

  it('says that a list without a signature proves nothing', async () => {
    await mkdir(at('listed'));
    await writeFile(at('listed', 'sound.tar'), SOUND);
    await writeFile(at('listed', 'SHA256SUMS'), `${hash('sha256', SOUND)}  sound.tar\n`);
    const { code, summary, results } = await verifyJson('--public-key', at('key.pub'), at('listed'));
    expect([code, summary.verdict]).toEqual([3, 'unverifiable']);
    expect(results.flatMap(({ findings }) => findings.map(({ kind }) => kind))).toContain('unsigned');
  });
});
