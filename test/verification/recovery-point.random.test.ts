import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { scaled } from '../support/scale.ts';
import { flipped, overwritten, swapped } from './support/damage.ts';
import { backupManifest, baseTar, check, noise, pointFiles, writePoint, zstd } from './support/point-making.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
const data = {
  PG_VERSION: Buffer.from('18\n'),
  'base/1/1': noise(90_000, 1),
  'base/1/2': Buffer.alloc(200_000, 'row '),
};
const files = pointFiles({ 'base.tar.zst': zstd(baseTar(data)), backup_manifest: backupManifest(data) });
let directory: string;
let stored: Record<string, Buffer>;

beforeAll(async () => {
  directory = await newDirectory();
  await writePoint(directory, files);
  stored = { ...files, 'manifest.json': await readFile(join(directory, 'manifest.json')) };
});

/** One kind of damage; positions are shares of the file's length, so that they fit every file. */
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const damage = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: share, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut' as const), at: share }),
  fc.record({ kind: fc.constant('lost tail' as const), length: fc.constantFrom(1, 8, 22, 512, 1024) }),
  fc.record({
    kind: fc.constant('overwrite' as const),
    at: share,
    length: fc.constantFrom(1, 512, 4096, 65_536),
    byte: fc.nat(255),
  }),
  fc.record({ kind: fc.constant('swap' as const), at: share, to: share, length: fc.constantFrom(16, 512, 4096) }),
  fc.record({ kind: fc.constant('append' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 2000 }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: share,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 600 }),
  }),
);
type Damage = typeof damage extends fc.Arbitrary<infer Value> ? Value : never;

function apply(bytes: Buffer, what: Damage): Buffer {
  const position = (at: number) => Math.floor(at * bytes.length);
  switch (what.kind) {
    case 'flip':
      return flipped(bytes, position(what.at), what.bit);
    case 'cut':
      return bytes.subarray(0, position(what.at));
    case 'lost tail':
      return bytes.subarray(0, Math.max(0, bytes.length - what.length));
    case 'overwrite':
      return overwritten(bytes, position(what.at), Math.min(what.length, bytes.length - position(what.at)), what.byte);
    case 'swap': {
      const length = Math.min(what.length, bytes.length >> 2);
      const within = (at: number) => Math.floor(at * (bytes.length - length));
      return swapped(bytes, within(what.at), within(what.to), length);
    }
    case 'append':
      return Buffer.concat([bytes, what.bytes]);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, position(what.at)), what.bytes, bytes.subarray(position(what.at))]);
  }
}

test('whatever happens to one file, the point is not sound, and one finding says which file it is', async () => {
  const names = fc.constantFrom(...Object.keys(files), 'manifest.json');
  await fc.assert(
    fc.asyncProperty(names, damage, async (name, what) => {
      const original = stored[name] ?? Buffer.alloc(0);
      const damaged = apply(original, what);
      fc.pre(!damaged.equals(original));
      await writeFile(join(directory, name), damaged);
      const { verdict, findings } = await check(directory);
      await writeFile(join(directory, name), original);
      expect(verdict).not.toBe('sound');
      expect(findings.map(({ file }) => file)).toEqual([name]);
    }),
    { numRuns: scaled(90) },
  );
  expect(await check(directory)).toMatchObject({ verdict: 'sound' });
});

test('the range that a finding names holds the first byte that differs', async () => {
  const names = fc.constantFrom('base.tar.zst', 'wal.tar.zst', 'backup_manifest');
  await fc.assert(
    fc.asyncProperty(names, share, fc.nat(7), async (name, at, bit) => {
      const original = stored[name] ?? Buffer.alloc(0);
      const position = Math.floor(at * original.length);
      await writeFile(join(directory, name), flipped(original, position, bit));
      const { findings } = await check(directory, { level: 'digest' });
      await writeFile(join(directory, name), original);
      const [finding] = findings;
      expect(finding?.offset).toBeLessThanOrEqual(position);
      expect(finding?.endOffset).toBeGreaterThan(position);
      expect((finding?.endOffset ?? 0) - (finding?.offset ?? 0)).toBeLessThanOrEqual(65_536);
    }),
    { numRuns: scaled(30) },
  );
});
