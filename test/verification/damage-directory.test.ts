import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CRC32C, startDigest } from '../../src/verification/digest-algorithm.ts';
import { scaled } from '../support/scale.ts';
import { makeBag } from './support/bag-making.ts';
import { checkCopy, checkDirectory, DIRECTORY_DAMAGES, filesBelow, writeFiles } from './support/directory-checking.ts';
import { copyData, pgArchive, TABLES } from './support/pg-making.ts';
import {
  backupManifest,
  baseTar,
  DATA_FILES,
  flattened,
  noise,
  pointFiles,
  segment,
  writePoint,
} from './support/point-making.ts';
import { tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';
import { hasTool } from './support/tools.ts';

const newDirectory = useDirectories();

const DATA = Object.fromEntries(
  Object.entries(DATA_FILES).filter(([path]) => !path.startsWith('base') || /260[5-7]$/.test(path)),
);
/** A segment of 1 MiB whose name says where it belongs. */
const SEGMENT = '000000010000000000000020';

/** The checksum that pg_basebackup makes unless told. */
function withCrc32c(text: string): string {
  return text.replaceAll(
    /"Path": "([^"]+)"(.*)"SHA256", "Checksum": "[0-9a-f]+"/g,
    (_, path: string, middle: string) => {
      const digest = startDigest(CRC32C);
      digest.update(DATA[path] ?? Buffer.alloc(0));
      return `"Path": "${path}"${middle}"CRC32C", "Checksum": "${digest.finish()}"`;
    },
  );
}

const dataDirectory = (change?: (text: string) => string) => async (directory: string) =>
  writeFiles(directory, { ...DATA, backup_manifest: backupManifest(DATA, change), [`pg_wal/${SEGMENT}`]: segment() });

async function tarLayout(directory: string): Promise<string> {
  const space = { 'pg_tblspc/16390/PG_18/5/16391': noise(20_000, 50), 'pg_tblspc/16390/PG_18/5/16392': noise(100, 51) };
  const inside = Object.entries(space).map(([path, data]) => ({ path: path.slice('pg_tblspc/16390/'.length), data }));
  return writeFiles(directory, {
    'base.tar.gz': gzipSync(baseTar(DATA, { path: 'pg_tblspc/16390', typeflag: '2', target: '/srv/space' })),
    '16390.tar.gz': gzipSync(tarOf(...inside)),
    'pg_wal.tar.gz': gzipSync(tarOf({ path: SEGMENT, data: segment() })),
    backup_manifest: backupManifest({ ...DATA, ...space }),
  });
}

async function directoryDump(directory: string): Promise<string> {
  const largeObject = noise(5000, 52);
  const toc = pgArchive({ format: 'directory', hasOffsets: false, largeObjects: [largeObject] }).bytes;
  const data = TABLES.map((table, index) => [`${7 + index}.dat.gz`, gzipSync(table.data)] as const);
  return writeFiles(directory, {
    'toc.dat': toc,
    ...Object.fromEntries(data),
    'blobs.toc': Buffer.from('20000 blob_20000.dat\n'),
    'blob_20000.dat.gz': gzipSync(largeObject),
  });
}

async function listed(directory: string): Promise<string> {
  const files = {
    'a.tar': tarOf({ path: 'a', data: noise(3000, 53) }),
    'd/b.bin': noise(500, 54),
    'dump.gz': gzipSync(copyData([['1']])),
  };
  const lines = Object.entries(files).map(
    ([path, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${path}\n`,
  );
  return writeFiles(directory, { ...files, SHA256SUMS: Buffer.from(lines.join('')) });
}

async function point(directory: string): Promise<string> {
  await writePoint(directory, pointFiles());
  return directory;
}

interface Kind {
  readonly what: string;
  readonly make: (directory: string) => Promise<string>;
  readonly format?: string;
  /** What says what there must be. */
  readonly list: string;
  /** Files of which no list and no checksum says what is in them, only that they are there and whole. */
  readonly unlisted?: RegExp;
  /** Where a file is one too many. */
  readonly tooMany?: string;
}

const KINDS: readonly Kind[] = [
  {
    what: 'a data directory with SHA-256',
    make: dataDirectory(),
    format: 'base-backup',
    list: 'backup_manifest',
    unlisted: /^pg_wal/,
  },
  {
    what: 'a data directory with CRC-32C',
    make: dataDirectory(withCrc32c),
    format: 'base-backup',
    list: 'backup_manifest',
    unlisted: /^pg_wal/,
  },
  { what: 'a base backup as archives', make: tarLayout, format: 'base-backup', list: 'backup_manifest' },
  { what: 'a directory dump', make: directoryDump, format: 'postgres-directory', list: 'toc.dat' },
  { what: 'a bag', make: makeBag, format: 'bag', list: 'manifest-sha256.txt', tooMany: 'data/too-many.txt' },
  { what: 'files beside SHA256SUMS', make: listed, list: 'SHA256SUMS' },
  { what: 'a recovery point', make: point, format: 'recovery-point', list: 'manifest.json' },
];

/** Without any segment its length is not known, and so not its name; of an archive that is gone its files are told. */
const TOLD_AS: Readonly<Record<string, string>> = {
  [`pg_wal/${SEGMENT}`]: 'needs (0/2000028 to 0/2000120)',
  'pg_wal.tar.gz': 'needs (0/2000028 to 0/2000120)',
  '16390.tar.gz': 'pg_tblspc/16390',
  'base.tar.gz': 'base.tar is not there',
  // Without it the directory is no bag any more: its files are judged one by one, and not by its lists.
  'bagit.txt': 'nothing is on record',
};

describe.each(KINDS)('$what', ({ make, format, list, unlisted, tooMany = 'too-many.txt' }) => {
  const verdictsOf = async (results: Awaited<ReturnType<typeof checkDirectory>>) =>
    results.map(({ verdict }) => verdict);

  test('is sound before it is damaged', async () => {
    const results = await checkDirectory(await make(await newDirectory()));
    expect(results.flatMap(({ findings }) => findings)).toEqual([]);
    expect(new Set(await verdictsOf(results))).toEqual(new Set(['sound']));
    if (format !== undefined) expect(results).toMatchObject([{ format }]);
    expect(results.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(0);
  });

  test('shows a file that is missing, emptied, altered, cut or a pipe, by its name', async () => {
    const pristine = await make(await newDirectory());
    const copy = await newDirectory();
    const files = (await filesBelow(pristine)).filter((path) => path !== list);
    for (const [index, file] of files.entries()) {
      const isEmpty = (await readFile(join(pristine, file))).length === 0;
      // Each file in two of the five ways at scale 1, by turns.
      const turns = Object.entries(DIRECTORY_DAMAGES).filter((_, turn) => (turn + index) % 5 < scaled(2));
      for (const [what, damage] of turns) {
        if (isEmpty && what !== 'missing' && what !== 'a pipe') continue;
        if (what === 'altered' && unlisted?.test(file) === true) continue;
        // A bag need not list its tag files.
        if (what === 'missing' && file.startsWith('tagmanifest')) continue;
        if (what === 'a pipe' && !hasTool('mkfifo')) continue;
        const results = await checkCopy(pristine, copy, (directory) => damage(join(directory, file)));
        const findings = flattened(results.flatMap((result) => result.findings));
        expect(findings.length, `${file} ${what}`).toBeGreaterThan(0);
        const told = JSON.stringify(findings);
        const names = [file, file.slice(file.lastIndexOf('/') + 1), TOLD_AS[file] ?? file];
        expect(
          names.some((name) => told.includes(name)),
          `${file} ${what}: ${told}`,
        ).toBe(true);
        expect(await verdictsOf(results), `${file} ${what}`).not.toEqual(results.map(() => 'sound'));
      }
    }
  });

  test('shows a file too many', async () => {
    const pristine = await make(await newDirectory());
    const results = await checkCopy(pristine, await newDirectory(), (directory) =>
      writeFile(join(directory, tooMany), 'x'),
    );
    const findings = flattened(results.flatMap((result) => result.findings));
    expect(findings.map(({ kind }) => kind)).toEqual(['unexpected']);
    expect(findings[0]?.message).toContain('too-many.txt');
  });

  test('is not sound when its list is cut, emptied, altered or a pipe', async () => {
    const pristine = await make(await newDirectory());
    const copy = await newDirectory();
    for (const what of ['cut', 'emptied', 'altered', 'a pipe'] as const) {
      if (what === 'a pipe' && !hasTool('mkfifo')) continue;
      const results = await checkCopy(pristine, copy, (directory) => DIRECTORY_DAMAGES[what](join(directory, list)));
      const verdicts = await verdictsOf(results);
      // Many bytes of a table of contents are names and commands over which the format has no checksum.
      if (list === 'toc.dat' && what === 'altered') continue;
      expect(
        verdicts.every((verdict) => verdict === 'sound'),
        `${what}: ${verdicts}`,
      ).toBe(false);
    }
  });
});
