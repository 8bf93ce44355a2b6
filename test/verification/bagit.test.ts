import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type VerifyBagOptions, verifyBag } from '../../src/verification/bagit.ts';
import { readBag } from '../../src/verification/bagit-read.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { type BagPlan, makeBag, PAYLOAD } from './support/bag-making.ts';
import { flipped } from './support/damage.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
const options: VerifyBagOptions = { limits: DEFAULT_LIMITS };

/** A bag with something done to it, and what the check says. */
async function checked(plan: BagPlan, damage: (bag: string) => Promise<unknown> = async () => {}) {
  const bag = await makeBag(await newDirectory(), plan);
  await damage(bag);
  return verifyBag(bag, options);
}

async function foundIn(plan: BagPlan, damage?: (bag: string) => Promise<unknown>) {
  const { findings } = await checked(plan, damage);
  return findings.map(({ kind, file, consequences }) => [kind, file, ...(consequences ? [consequences.length] : [])]);
}

const turned = (file: string, at: number) => async (bag: string) => {
  await writeFile(join(bag, file), flipped(await readFile(join(bag, file)), at));
};

describe('a sound bag', () => {
  test.each<[string, BagPlan]>([
    ['of RFC 8493', {}],
    ['of version 0.97', { version: '0.97' }],
    ['with one manifest', { algorithms: ['md5'], tagAlgorithms: ['sha512'] }],
    ['with every kind of digest', { algorithms: ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3-256'] }],
    ['without tag manifests', { tagAlgorithms: [] }],
    ['with tag files in Latin-1', { encoding: 'ISO-8859-1' }],
    ['with a tag file of another kind', { tags: { 'notes.xml': '<notes/>' } }],
    ['with percent signs, encoded', { payload: { '100%': 'x' }, listedAs: (path) => path.replace('%', '%25') }],
    ['of 0.97 with percent signs', { version: '0.97', payload: { '100%25': 'x', '%7Ea': 'y' } }],
    [
      'with a line break in a name, encoded',
      { payload: { 'a\nb': 'x' }, listedAs: (path) => path.replace('\n', '%0A') },
    ],
    ['whose fetched files are there', { tags: { 'fetch.txt': 'https://example.org/a 9 data/a.txt\n' } }],
  ])('%s has no finding', async (_, plan) => {
    const { findings, filesChecked } = await checked(plan);
    expect(findings).toEqual([]);
    expect(filesChecked).toBeGreaterThan(0);
  });

  test('has each of its files read once, for all digests that are asked of it', async () => {
    const bag = await makeBag(await newDirectory(), { tags: { 'notes.xml': '<notes/>' } });
    const asked: [string, readonly string[]][] = [];
    let read = 0;
    const check = await verifyBag(bag, {
      ...options,
      onRead: (bytes) => {
        read += bytes;
      },
      digestFile: async (location, algorithms, name) => {
        asked.push([name, algorithms]);
        const data = await readFile(location);
        const digests = algorithms.map((algorithm) => [algorithm, createHash(algorithm).update(data).digest('hex')]);
        return { sizeBytes: data.length, digests: Object.fromEntries(digests) };
      },
    });
    const both = ['sha256', 'sha512'];
    expect(asked).toEqual([
      ['data/a.txt', both],
      ['data/d/b.bin', both],
      ['data/empty', both],
      ['notes.xml', ['sha256']],
    ]);
    expect([check.findings, check.filesChecked]).toEqual([[], 8]);
    expect(check.bytesRead).toBe(read + 26);
  });

  test('says when its digests are weak, and how much there is to read', async () => {
    const bag = await makeBag(await newDirectory(), { algorithms: ['md5', 'sha1'] });
    const { isWeak, bytesToRead, files } = await readBag(bag, options);
    expect([isWeak, bytesToRead, files.filter(({ isPayload }) => isPayload).length]).toEqual([true, 18, 3]);
  });
});

describe('a damaged bag shows', () => {
  test.each<[string, (bag: string) => Promise<unknown>, unknown[]]>([
    ['a turned bit', turned('data/a.txt', 2), [['altered', 'data/a.txt']]],
    ['a file that grew', (bag) => appendFile(join(bag, 'data/empty'), 'x'), [['altered', 'data/empty']]],
    ['a cut file', (bag) => truncate(join(bag, 'data/a.txt'), 3), [['altered', 'data/a.txt']]],
    ['a missing file', (bag) => rm(join(bag, 'data/a.txt')), [['missing', 'data/a.txt']]],
    ['a new file', (bag) => writeFile(join(bag, 'data/new'), ''), [['unexpected', 'data/new']]],
    ['metadata that changed', turned('bag-info.txt', 5), [['altered', 'bag-info.txt']]],
    ['a missing tag file', (bag) => rm(join(bag, 'bag-info.txt')), [['missing', 'bag-info.txt']]],
    ['a lost declaration', (bag) => rm(join(bag, 'bagit.txt')), [['missing', 'bagit.txt']]],
    ['a link out of it', (bag) => symlink('/etc/passwd', join(bag, 'data/l')), [['hostile', 'data/l']]],
    ['a link inside', (bag) => symlink('a.txt', join(bag, 'data/l')), [['suspect', 'data/l']]],
    ['a pipe', async (bag) => execFileSync('mkfifo', [join(bag, 'data/p')]), [['hostile', 'data/p']]],
    [
      'a link in place of a file',
      relinked,
      [
        ['suspect', 'data/a.txt'],
        ['missing', 'data/a.txt'],
      ],
    ],
  ])('%s, as one finding', async (_, damage, found) => {
    expect(await foundIn({}, damage)).toEqual(found);
  });

  test('every bit of every file of it', async () => {
    const bag = await makeBag(await newDirectory(), { algorithms: ['sha256'] });
    const names = ['bagit.txt', 'bag-info.txt', 'manifest-sha256.txt', 'tagmanifest-sha256.txt', 'data/a.txt'];
    for (const name of names) {
      const bytes = await readFile(join(bag, name));
      for (let at = 0; at < bytes.length; at += 5) {
        const changed = flipped(bytes, at, at % 5);
        await writeFile(join(bag, name), changed);
        const { findings } = await verifyBag(bag, options);
        // Digits may be of either case, and separators are blanks or a star.
        const isSame = plain(changed) === plain(bytes);
        expect(isSame || findings.length > 0, `${name}, byte ${at}`).toBe(true);
      }
      await writeFile(join(bag, name), bytes);
    }
  });

  test('an altered manifest as the cause of what it complains about', async () => {
    const manifest = 'manifest-sha256.txt';
    const wrongDigest = async (bag: string) => {
      const text = await readFile(join(bag, manifest), 'utf8');
      await writeFile(
        join(bag, manifest),
        text.replace(/^../, (two) => (two === '00' ? '11' : '00')),
      );
    };
    expect(await foundIn({}, wrongDigest)).toEqual([['altered', manifest, 1]]);
    const otherName = async (bag: string) => {
      await writeFile(join(bag, manifest), (await readFile(join(bag, manifest), 'utf8')).replace('a.txt', 'x.txt'));
    };
    expect(await foundIn({ algorithms: ['sha256'] }, otherName)).toEqual([['altered', manifest, 2]]);
    const brokenLine = async (bag: string) => {
      await writeFile(join(bag, manifest), (await readFile(join(bag, manifest), 'utf8')).replace(/^\w+/, 'x'));
    };
    expect(await foundIn({ algorithms: ['sha256'] }, brokenLine)).toEqual([['corrupt', manifest, 2]]);
  });

  test('which manifests a file fits and which not', async () => {
    const lines = (
      await checked({ tagAlgorithms: [] }, async (bag) => {
        const text = await readFile(join(bag, 'manifest-sha512.txt'), 'utf8');
        await writeFile(
          join(bag, 'manifest-sha512.txt'),
          text.replace(/^../, (two) => (two === '00' ? '11' : '00')),
        );
      })
    ).findings.map(({ message }) => message);
    expect(lines).toEqual([
      'data/a.txt is not what manifest-sha512.txt says, although it is what manifest-sha256.txt says.',
    ]);
  });

  test('a sum that is not the payload’s only when nothing else explains it', async () => {
    const tags = { 'bag-info.txt': 'payload-oxum :  17.3\n' };
    expect(await foundIn({ tags })).toEqual([['altered', 'bag-info.txt']]);
    expect(await foundIn({ tags }, (bag) => rm(join(bag, 'data/empty')))).toEqual([['missing', 'data/empty']]);
    expect(await foundIn({ tags: { 'bag-info.txt': 'Payload-Oxum: many\n' } })).toEqual([['suspect', 'bag-info.txt']]);
  });
});

async function relinked(bag: string) {
  await rename(join(bag, 'data/a.txt'), join(bag, 'elsewhere'));
  await symlink('../elsewhere', join(bag, 'data/a.txt'));
}

const plain = (bytes: Buffer) =>
  bytes
    .toString('latin1')
    .toLowerCase()
    .replaceAll(/[ \t][ *\t]/g, '  ');

describe('a bag', () => {
  const line = (path: string) => [`${'0'.repeat(64)}  ${path}`];
  test.each<[string, BagPlan, unknown[]]>([
    ['of a version to come', { version: '2.0' }, [['unknown-format', 'bagit.txt']]],
    ['of no version', { version: '.97' }, [['corrupt', 'bagit.txt']]],
    [
      'in an unknown encoding',
      { encoding: 'EBCDIC-X', tagAlgorithms: [] },
      expect.arrayContaining([['unknown-format', 'manifest-sha256.txt']]),
    ],
    ['without a payload manifest', { algorithms: [], payload: {} }, [['missing', '.']]],
    ['without a payload', { payload: {} }, [['empty', 'data']]],
    [
      'with a path out of it',
      { algorithms: ['sha256'], lines: line('data/../../x') },
      [['hostile', 'manifest-sha256.txt']],
    ],
    [
      'with an encoded path out of it',
      { algorithms: ['sha256'], lines: line('data/%0A/../..') },
      [['hostile', 'manifest-sha256.txt']],
    ],
    [
      'with an absolute path',
      { algorithms: ['sha256'], lines: line('/etc/passwd') },
      [['hostile', 'manifest-sha256.txt']],
    ],
    ['with a home directory', { algorithms: ['sha256'], lines: line('~/x') }, [['hostile', 'manifest-sha256.txt']]],
    [
      'with a path beside the payload',
      { algorithms: ['sha256'], lines: line('bagit.txt') },
      [['corrupt', 'manifest-sha256.txt']],
    ],
    [
      'with an escape in a path',
      { algorithms: ['sha256'], lines: line('data/\u001b[2J') },
      [['hostile', 'manifest-sha256.txt']],
    ],
    [
      'with an unknown digest',
      { tags: { 'manifest-whirl.txt': '00  data/a.txt\n00  data/d/b.bin\n00  data/empty\n' } },
      [['unknown-format', 'manifest-whirl.txt']],
    ],
    [
      'with files elsewhere',
      {
        tags: { 'fetch.txt': 'https://example.org/x - data/x\nhttps://example.org/y - data/y\n' },
        algorithms: ['sha256'],
        lines: [...line('data/x'), ...line('data/y')],
      },
      [['missing', 'fetch.txt', 2]],
    ],
    [
      'with something to fetch that nobody lists',
      { tags: { 'fetch.txt': 'https://example.org/x - data/x\n' } },
      [['corrupt', 'fetch.txt']],
    ],
    ['with a fetch list that is none', { tags: { 'fetch.txt': 'data/a.txt\n' } }, [['corrupt', 'fetch.txt']]],
    [
      'with a length that is another',
      { tags: { 'fetch.txt': 'https://example.org/x 10 data/a.txt\n' } },
      [['suspect', 'data/a.txt']],
    ],
    [
      'with names in another normal form',
      { payload: { é: 'x' }, listedAs: (path) => path.normalize('NFD') },
      [['suspect', 'data/é']],
    ],
    [
      'with names in another case',
      { payload: { 'A.txt': 'x' }, listedAs: (path) => path.toLowerCase() },
      [['suspect', 'data/A.txt']],
    ],
    [
      'with too much percent-encoding',
      { version: '0.97', payload: { '100%': 'x' }, listedAs: (path) => path.replace('%', '%25') },
      [['suspect', 'data/100%']],
    ],
  ])('%s is no sound bag', async (_, plan, found) => {
    expect(await foundIn(plan)).toEqual(found);
  });

  test('whose file of another case has another content has lost one', async () => {
    const hex = createHash('sha256').update('other').digest('hex');
    const plan = { algorithms: ['sha256'], payload: { a: 'x' }, lines: [`${hex}  data/A`] };
    expect(await foundIn(plan)).toEqual([['missing', 'data/A']]);
  });

  test('of RFC 8493 has every file in every manifest, one before it has it in one', async () => {
    const extra = `${createHash('md5').update('text of a').digest('hex')}  data/a.txt\n`;
    const plan: BagPlan = { tags: { 'manifest-md5.txt': extra } };
    expect((await foundIn(plan)).map(([kind]) => kind)).toEqual(['corrupt', 'corrupt']);
    expect(await foundIn({ ...plan, version: '0.97' })).toEqual([]);
  });

  test('in UTF-16 is read by its byte order mark', async () => {
    const text = Object.entries(PAYLOAD).map(
      ([path, data]) => `${createHash('sha256').update(data).digest('hex')}  data/${path}\n`,
    );
    const tags = { 'manifest-sha256.txt': Buffer.from(`\ufeff${text.join('')}`, 'utf16le') };
    const plan: BagPlan = { encoding: 'UTF-16', algorithms: ['sha256'], tagAlgorithms: [], tags };
    expect(
      await foundIn({ ...plan, tags: { ...tags, 'bag-info.txt': Buffer.from('\ufeffA: b\n', 'utf16le') } }),
    ).toEqual([]);
    expect(await foundIn({ ...plan, encoding: 'UTF-8' })).toEqual(
      expect.arrayContaining([['corrupt', 'manifest-sha256.txt']]),
    );
  });

  test('that is no directory, or has more names than are allowed, is told', async () => {
    const directory = await newDirectory();
    await writeFile(join(directory, 'file'), '');
    expect((await verifyBag(join(directory, 'absent'), options)).findings).toMatchObject([
      { kind: 'missing', file: '.' },
    ]);
    expect((await verifyBag(join(directory, 'file'), options)).findings).toMatchObject([{ kind: 'mismatched-type' }]);
    await makeBag(directory);
    await mkdir(join(directory, 'x'));
    const limits = { ...DEFAULT_LIMITS, entriesMax: 4 };
    expect((await verifyBag(directory, { limits })).findings.map(({ kind }) => kind)).toContain('hostile');
  });
});
