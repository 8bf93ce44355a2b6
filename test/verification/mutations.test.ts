import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { Encrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseIdentities } from '../../src/verification/age-identities.ts';
import { scaled, TEST_SEED } from '../support/scale.ts';
import { judgeDamages } from './support/damage-matrix.ts';
import { damagesOf, oneIn } from './support/damages.ts';
import { packed } from './support/decoding.ts';
import { checkBytes, type FileCheckOptions } from './support/file-checking.ts';
import { pgArchive } from './support/pg-making.ts';
import { noise, zstd } from './support/point-making.ts';
import { type Random, randomOf } from './support/random.ts';
import { mySqlScript, pgScript } from './support/sql-making.ts';
import { tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';
import { zipOf } from './support/zip-making.ts';

const newDirectory = useDirectories();
let directory: string;
let made: Readonly<Record<string, Buffer>>;
let options: FileCheckOptions;

const FILES = [
  ...['a.tar', 'a.tar.gz', 'a.tar.zst', 'a.tar.xz', 'a.tar.bz2', 'a.zip', 'a.zip.gz', 'a.pgdump', 'a.pgdump.zst'],
  ...[
    'a.sqlite',
    'a.sqlite.gz',
    'a.sql',
    'a.sql.gz',
    'mysql.sql',
    'a.json',
    'a.tar.age',
    'a.tar.gz.age',
    'a.gz.xz.zst',
  ],
];

beforeAll(async () => {
  directory = await newDirectory();
  const identity = await generateIdentity();
  options = { identities: await parseIdentities(identity), limits: LIMITS };
  made = await makeAll(await identityToRecipient(identity));
});

/** What a mutation turns into a bomb is left early. */
const LIMITS = { expansionFreeBytes: 50_000_000, documentBytesMax: 1_000_000, entriesMax: 1000 };

async function makeAll(recipient: string): Promise<Record<string, Buffer>> {
  const tar = tarOf({ path: 'd/', typeflag: '5' }, { path: 'd/a', data: noise(9000, 1) }, { path: 'b', data: 'text' });
  const zip = zipOf([
    { name: 'a', data: noise(5000, 2), method: 8 },
    { name: 'b', data: 'text' },
  ]);
  const dump = pgArchive().bytes;
  const sql = Buffer.from(pgScript(100));
  const where = await newDirectory();
  const database = new DatabaseSync(join(where, 'made'));
  database.exec('CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(9000)); CREATE INDEX i ON t (x)');
  database.close();
  const sqlite = readFileSync(join(where, 'made'));
  const seal = async (bytes: Buffer) => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    return Buffer.from(await encrypter.encrypt(bytes));
  };
  return {
    'a.tar': tar,
    'a.tar.gz': gzipSync(tar),
    'a.tar.zst': zstd(tar),
    'a.tar.xz': packed('xz', tar),
    'a.tar.bz2': packed('bzip2', tar),
    'a.zip': zip,
    'a.zip.gz': gzipSync(zip),
    'a.pgdump': dump,
    'a.pgdump.zst': zstd(dump),
    'a.sqlite': sqlite,
    'a.sqlite.gz': gzipSync(sqlite),
    'a.sql': sql,
    'a.sql.gz': gzipSync(sql),
    'mysql.sql': Buffer.from(mySqlScript()),
    'a.json': Buffer.from(JSON.stringify({ list: Array.from({ length: 500 }, (_, index) => ({ index })) })),
    'a.tar.age': await seal(tar),
    'a.tar.gz.age': await seal(gzipSync(tar)),
    'a.gz.xz.zst': zstd(packed('xz', gzipSync(noise(5000, 3)))),
  };
}

/** Several changes at once, as no accident makes them: bytes overwritten, cut out, put in, doubled, and taken from elsewhere. */
function mutated(sound: Buffer, foreign: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(sound);
  for (let changes = 1 + random.below(5); changes > 0; changes -= 1) {
    const at = random.below(bytes.length + 1);
    const length = random.below(random.below(2) === 0 ? 8 : 2000);
    const rest = bytes.subarray(Math.min(bytes.length, at + length));
    const from = random.below(foreign.length);
    const put = [
      () => Buffer.alloc(length, random.below(256)),
      () => noise(length, random.below(2 ** 31)),
      () => Buffer.alloc(0),
      () => Buffer.concat([bytes.subarray(at, at + length), bytes.subarray(at, at + length)]),
      () => foreign.subarray(from, from + length),
      () => Buffer.from([0xff, 0xff, 0xff, 0x7f]),
    ][random.below(6)];
    bytes = Buffer.concat([bytes.subarray(0, at), put?.() ?? Buffer.alloc(0), rest]);
  }
  return bytes;
}

/** Far above what the slowest of them takes on a busy machine: a hang is what it finds. */
const MS_MAX = 10_000;

describe.each(FILES)('%s', (file) => {
  test('is sound as it was made', async () => {
    const result = await checkBytes(directory, file, made[file] ?? Buffer.alloc(0), options);
    // Formats that have their table of contents at the end cannot be read through a packing, and say so.
    const isOutOfReach = file === 'a.zip.gz' || file === 'a.sqlite.gz' || file === 'a.json';
    expect(result.verdict).toBe(isOutOfReach ? 'unverifiable' : 'sound');
  });

  test('mutated in any way gives a verdict in time, never an exception, and nothing beside it', async () => {
    const random = randomOf(TEST_SEED + FILES.indexOf(file));
    const sound = made[file] ?? Buffer.alloc(0);
    const before = readdirSync(directory);
    for (let index = 0; index < scaled(12); index += 1) {
      const foreign = made[FILES[random.below(FILES.length)] ?? ''] ?? sound;
      const bytes = mutated(sound, foreign, random);
      const { seconds, verdict, findings, decodedBytes } = await checkBytes(directory, file, bytes, options);
      expect(seconds * 1000, `mutation ${index}`).toBeLessThan(MS_MAX);
      expect(decodedBytes).toBeLessThanOrEqual(LIMITS.expansionFreeBytes + 1_000_000);
      expect(verdict === 'sound').toBe(findings.length === 0);
    }
    expect(readdirSync(directory)).toEqual(before);
  });
});

describe('a handful of damages, each once, of', () => {
  const COVERED = ['a.tar.xz', 'a.tar.bz2', 'a.zip', 'a.sql.gz', 'a.tar.age', 'a.tar.gz.age', 'a.gz.xz.zst'];

  test.each(COVERED)('%s, whose checksums cover what is inside, are all seen and have one root each', async (file) => {
    const sound = made[file] ?? Buffer.alloc(0);
    const inPlace = ['zeroed', 'noisy', 'cut', 'tail-lost', 'emptied', 'garbage-appended'];
    const damages = [...oneIn(12, damagesOf(sound))].filter(({ kind }) => inPlace.includes(kind));
    const findingsOf = async (bytes: Buffer) => (await checkBytes(directory, file, bytes, options)).findings;
    const matrix = await judgeDamages(damages, findingsOf);
    expect(matrix.missed).toEqual([]);
    expect(matrix.scattered).toEqual([]);
    expect(matrix.tried).toBeGreaterThan(5);
  });
});

test('checking many mutated files keeps no memory', async () => {
  const random = randomOf(TEST_SEED);
  const rounds = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      const file = FILES[index % 9] ?? 'a.tar';
      await checkBytes(
        directory,
        file,
        mutated(made[file] ?? Buffer.alloc(0), made['a.tar.gz'] ?? Buffer.alloc(0), random),
        options,
      );
    }
  };
  await rounds(20);
  const before = process.memoryUsage.rss();
  await rounds(scaled(30));
  expect(process.memoryUsage.rss() - before).toBeLessThan(134_217_728);
});
