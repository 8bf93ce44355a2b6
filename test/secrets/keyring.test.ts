import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyring, KEY_FILES, openKeyring } from '../../src/secrets/keyring.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'muster-keys-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const newDirectory = () => mkdtemp(join(root, 'k-'));

describe('key files', () => {
  test('are made once, readable for their owner only, and leave nothing else behind', async () => {
    const directory = join(await newDirectory(), 'keys');
    await createKeyring(directory);
    expect((await readdir(directory)).toSorted()).toEqual(Object.values(KEY_FILES).toSorted());
    for (const file of Object.values(KEY_FILES)) {
      expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
  });

  test('processes that start at once agree on one key', async () => {
    const directory = await newDirectory();
    const rings = await Promise.all(Array.from({ length: 8 }, () => createKeyring(directory)));
    expect(new Set(rings.map((ring) => `${ring.masterKeyId} ${ring.signingKeyId}`)).size).toBe(1);
    expect(await readdir(directory)).toHaveLength(2);
  });

  test.each([0o640, 0o604, 0o610, 0o666])('of mode %o are refused with the command that mends it', async (mode) => {
    const directory = await newDirectory();
    await createKeyring(directory);
    await chmod(join(directory, KEY_FILES.master), mode);
    await expect(openKeyring(directory)).rejects.toMatchObject({
      code: 'key-exposed',
      message: expect.stringContaining('chmod 600'),
    });
  });

  test.each(Object.values(KEY_FILES))('a missing %s is named', async (file) => {
    const directory = await newDirectory();
    await createKeyring(directory);
    await rm(join(directory, file));
    await expect(openKeyring(directory)).rejects.toMatchObject({
      code: 'key-missing',
      message: expect.stringContaining(join(directory, file)),
    });
  });

  test.each([
    ['empty', () => ''],
    ['cut', (text: string) => text.slice(0, -10)],
    ['not a key at all', () => 'hello\n'],
    ['twice in one file', (text: string) => text + text],
    ['larger than any key', () => 'x'.repeat(20_000)],
  ])('a master key file that is %s is refused, and the message holds none of it', async (_what, damage) => {
    const directory = await newDirectory();
    await createKeyring(directory);
    const path = join(directory, KEY_FILES.master);
    const text = await readFile(path, 'utf8');
    const key = text.split(':').at(-1)?.trim() ?? '';
    await writeFile(path, damage(text));
    const failure = await openKeyring(directory).catch((thrown: Error) => thrown);
    expect(failure).toMatchObject({ code: 'key-damaged' });
    expect(inspect(failure, { depth: 9 })).not.toContain(key.slice(0, 12));
  });

  test('a signing key of another kind is refused', async () => {
    const directory = await newDirectory();
    await createKeyring(directory);
    await writeFile(
      join(directory, KEY_FILES.signing),
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
    );
    await expect(openKeyring(directory)).rejects.toMatchObject({ code: 'key-damaged' });
  });
});

describe('a keyring', () => {
  test('derives another key for each purpose, the same every time', async () => {
    const directory = await newDirectory();
    await createKeyring(directory);
    const [one, two] = [await openKeyring(directory), await openKeyring(directory)];
    expect(one.keyFor('secrets').equals(two.keyFor('secrets'))).toBe(true);
    expect(one.keyFor('secrets').equals(one.keyFor('audit-seal'))).toBe(false);
    expect(one.masterKeyId).toMatch(/^[0-9a-f]{32}$/);
  });

  test('prints no key, whoever logs it', async () => {
    const directory = await newDirectory();
    const ring = await createKeyring(directory);
    const secret = (await readFile(join(directory, KEY_FILES.master), 'utf8')).split(':').at(-1)?.trim() ?? '';
    const derived = ring.keyFor('secrets').export().toString('hex');
    const printed = `${inspect(ring, { depth: 9, showHidden: true })} ${JSON.stringify(ring)}`;
    expect(secret).toHaveLength(43);
    expect(printed).not.toContain(secret);
    expect(printed).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
    expect(printed).not.toContain(derived);
  });
});
