import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { chmod, link, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readDigestList } from '../../src/verification/digest-list.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import {
  parseTreeManifest,
  serialiseTreeManifest,
  signTreeManifest,
  type TreeManifest,
  verifyTreeManifest,
} from '../../src/verification/tree-manifest.ts';
import { createTreeManifest } from '../../src/verification/tree-manifest-create.ts';
import { flipped } from './support/damage.ts';
import { keys, noise } from './support/point-making.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
const options = { createdAt: '2026-11-22T15:10:00Z', limits: DEFAULT_LIMITS };
let root: string;
let manifest: TreeManifest;

beforeAll(async () => {
  root = await newDirectory();
  await mkdir(join(root, 'd'));
  await writeFile(join(root, 'd', 'abc'), 'abc');
  await writeFile(join(root, 'd', 'large'), noise(1_048_576 + 100, 1));
  await writeFile(join(root, 'd.x'), '');
  await link(join(root, 'd', 'abc'), join(root, 'hard'));
  await symlink('/nowhere', join(root, 'link'));
  await chmod(join(root, 'd', 'abc'), 0o4755);
  await utimes(join(root, 'd', 'abc'), 1_700_000_000.9, 1_700_000_000.9);
  manifest = await createTreeManifest(root, options);
});

describe('a manifest of a tree', () => {
  test('lists directories, files and links in order, with content, mode and time', () => {
    expect(manifest.entries.map(({ path }) => path)).toEqual(['d', 'd.x', 'd/abc', 'd/large', 'hard', 'link']);
    expect(manifest.entries[2]).toEqual({
      path: 'd/abc',
      type: 'file',
      mode: 0o4755,
      mtimeSeconds: 1_700_000_000,
      sizeBytes: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    expect(manifest.entries[5]).toMatchObject({ type: 'symlink', target: '/nowhere' });
    const large = manifest.entries[3];
    expect(large?.type === 'file' && [large.chunkBytes, Buffer.from(large.chunks ?? '', 'base64').length]).toEqual([
      65_536,
      17 * 16,
    ]);
  });

  test('is the same each time, whatever the order of the disk', async () => {
    const again = await createTreeManifest(root, options);
    expect(serialiseTreeManifest(again).equals(serialiseTreeManifest(manifest))).toBe(true);
  });

  test('can be of some names only, and leave out itself', async () => {
    const some = await createTreeManifest(root, { ...options, only: ['d'], leaveOut: ['d/large'] });
    expect([some.scope, some.entries.map(({ path }) => path)]).toEqual(['names', ['d', 'd/abc']]);
    const { list } = readDigestList(serialiseTreeManifest(some), 'm', DEFAULT_LIMITS);
    expect(list?.only).toEqual(['d']);
  });

  test('says how far it is, and can be left', async () => {
    const seen: (readonly [number, number])[] = [];
    await createTreeManifest(root, { ...options, onProgress: (...progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual([1_048_576 + 106, 1_048_576 + 106]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(createTreeManifest(root, { ...options, signal })).rejects.toThrow('enough');
  });

  test('is refused of a tree that is empty, missing, too large, or holds a pipe', async () => {
    const empty = await newDirectory();
    const refusal = (tree: string, limits = DEFAULT_LIMITS) =>
      createTreeManifest(tree, { ...options, limits }).then(
        () => 'made',
        (thrown: Error) => thrown.message,
      );
    expect(await refusal(empty)).toMatch(/It is empty/);
    expect(await refusal(join(empty, 'absent'))).toMatch(/directory is not there/);
    expect(await refusal(root, { ...DEFAULT_LIMITS, entriesMax: 3 })).toMatch(/more than 3 names/);
    execFileSync('mkfifo', [join(empty, 'pi\u001bpe')]);
    expect(await refusal(empty)).toMatch(/sockets, pipes or devices\): pi\\x1bpe/);
  });

  test('is refused of a tree that changes while it is read, wherever it does', async () => {
    const grows = (path: string) => async () => {
      const tree = await newDirectory();
      await writeFile(join(tree, 'a'), 'early');
      await writeFile(join(tree, 'b'), noise(3_000_000, 2));
      let done = false;
      const onProgress = () => {
        if (!done) appendFileSync(join(tree, path), 'x');
        done = true;
      };
      return createTreeManifest(tree, { ...options, onProgress });
    };
    for (const path of ['a', 'b']) await expect(grows(path)()).rejects.toThrow(new RegExp(`${path} changed while`));
    const tree = await newDirectory();
    await mkdir(join(tree, 'd'));
    await writeFile(join(tree, 'd', 'a'), 'a');
    const onProgress = () => appendFileSync(join(tree, 'd', 'new'), 'x');
    await expect(createTreeManifest(tree, { ...options, onProgress })).rejects.toThrow(/d changed while/);
    await rm(join(tree, 'd', 'new'));
    await expect(createTreeManifest(tree, options)).resolves.toBeDefined();
  });

  test('names files whose names are not UTF-8, and reads them', async () => {
    const tree = await newDirectory();
    await writeFile(Buffer.concat([Buffer.from(`${tree}/a`), Buffer.from([0xff])]), 'abc');
    const made = await createTreeManifest(tree, options);
    expect(made.entries).toMatchObject([{ path: 'a\\xff', sizeBytes: 3 }]);
  });
});

describe('its file', () => {
  test('is read back as it was written, signed or not', () => {
    const signed = signTreeManifest(manifest, keys.privateKey);
    for (const one of [manifest, signed])
      expect(parseTreeManifest(serialiseTreeManifest(one), 'm').manifest).toEqual(one);
    expect(verifyTreeManifest(signed, [keys.publicKey], 'm')).toBeUndefined();
    expect(verifyTreeManifest(manifest, [keys.publicKey], 'm')?.kind).toBe('unsigned');
    expect(verifyTreeManifest(signed, [generateKeyPairSync('ed25519').publicKey], 'm')?.kind).toBe('no-key');
  });

  test('has one line for each entry, so that two of them can be compared', () => {
    const lines = serialiseTreeManifest(manifest).toString().split('\n');
    expect(lines.filter((line) => /^ {4}\{.*\},?$/.test(line))).toHaveLength(manifest.entries.length);
    expect(() => JSON.parse(lines.join('\n'))).not.toThrow();
  });

  test('shows every changed bit and every cut', () => {
    const small = { ...manifest, entries: manifest.entries.filter(({ path }) => path !== 'd/large') };
    const signed = signTreeManifest(small, keys.privateKey);
    const bytes = serialiseTreeManifest(signed);
    const isFound = (changed: Buffer) => {
      const parsed = parseTreeManifest(changed, 'm');
      return parsed.manifest === undefined || verifyTreeManifest(parsed.manifest, [keys.publicKey], 'm') !== undefined;
    };
    for (let at = 0; at < bytes.length; at += 1) {
      for (const bit of [0, 2, 5]) expect(isFound(flipped(bytes, at, bit)), `byte ${at}, bit ${bit}`).toBe(true);
    }
    for (let length = 0; length < bytes.length; length += 7) expect(isFound(bytes.subarray(0, length))).toBe(true);
    expect(isFound(Buffer.concat([bytes, bytes]))).toBe(true);
    expect(isFound(Buffer.concat([bytes, Buffer.alloc(512)]))).toBe(true);
  });

  test.each([
    ['is empty', () => Buffer.alloc(0), 'empty'],
    ['is of a version to come', (text: string) => text.replace('tree/1', 'tree/2'), 'unknown-format'],
    ['lists nothing', (text: string) => text.replace(/\[[\s\S]*\]/, '[\n\n  ]'), 'corrupt'],
    ['is out of order', (text: string) => text.replace('"path":"d"', '"path":"e"'), 'corrupt'],
    ['names something outside', (text: string) => text.replace('"path":"d"', '"path":"../d"'), 'corrupt'],
    ['has a member too many', (text: string) => text.replace('"scope"', '"extra": 1,\n  "scope"'), 'corrupt'],
    ['lacks chunks', (text: string) => text.replace(/"chunks":"[^"]{64}/, '"chunks":"'), 'corrupt'],
    ['gives a directory a size', (text: string) => text.replace('"path":"d",', '"path":"d","sizeBytes":1,'), 'corrupt'],
    ['is written otherwise', (text: string) => JSON.stringify(JSON.parse(text)), 'altered'],
    ['begins with a byte order mark', (text: string) => `\ufeff${text}`, 'altered'],
  ])('is refused when it %s', (_, change, kind) => {
    const bytes = Buffer.from(change(serialiseTreeManifest(manifest).toString()) as string);
    expect(parseTreeManifest(bytes, 'm').finding?.kind).toBe(kind);
  });
});
