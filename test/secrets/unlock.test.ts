import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createKeyring, KEY_FILES } from '../../src/secrets/keyring.ts';
import { readCanary, registeredKeys } from '../../src/secrets/secret-key.store.ts';
import { checkKey, unlockKeyring } from '../../src/secrets/unlock.ts';
import { runAs, useDatabase } from '../support/database.ts';

const database = useDatabase();
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'muster-unlock-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
beforeEach(async () => {
  await runAs(database.owner, 'TRUNCATE secret_key, secret_canary');
});

const newDirectory = async () => join(await mkdtemp(join(root, 'k-')), 'keys');

describe('the first start', () => {
  test('makes the keys, registers their fingerprints and seals a canary; the second only opens them', async () => {
    const directory = await newDirectory();
    const first = await unlockKeyring(database.db, directory);
    const second = await unlockKeyring(database.db, directory);
    expect(first.firstStart).toBe(true);
    expect(second.firstStart).toBe(false);
    expect(second.keyring.masterKeyId).toBe(first.keyring.masterKeyId);
    expect(await registeredKeys(database.db)).toEqual({
      masterKeyId: first.keyring.masterKeyId,
      signingKeyId: first.keyring.signingKeyId,
    });
    expect((await readCanary(database.db))?.sealed).toMatch(/^mss1\./);
  });

  test('of several replicas over one key directory registers one key', async () => {
    const directory = await newDirectory();
    const unlocked = await Promise.all(Array.from({ length: 6 }, () => unlockKeyring(database.db, directory)));
    expect(unlocked.filter((each) => each.firstStart)).toHaveLength(1);
    expect(new Set(unlocked.map((each) => each.keyring.masterKeyId)).size).toBe(1);
  });

  test('of two machines with key directories of their own: one wins, the other is told that its key is wrong', async () => {
    const directories = [await newDirectory(), await newDirectory()];
    const results = await Promise.allSettled(directories.map((each) => unlockKeyring(database.db, each)));
    const refused = results.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ code: 'wrong-key' });
  });
});

describe('a later start', () => {
  test.each(Object.values(KEY_FILES))('without %s refuses in one line and makes no new key', async (file) => {
    const directory = await newDirectory();
    await unlockKeyring(database.db, directory);
    await rm(join(directory, file));
    const failure = await unlockKeyring(database.db, directory).catch((thrown: Error) => thrown);
    expect(failure).toMatchObject({ code: 'key-missing', message: expect.stringMatching(/^[^\n]+$/) });
    expect(await readdir(directory)).toHaveLength(1);
  });

  test.each(Object.values(KEY_FILES))('with the %s of another installation refuses', async (file) => {
    const [directory, foreign] = [await newDirectory(), await newDirectory()];
    await unlockKeyring(database.db, directory);
    await createKeyring(foreign);
    await rename(join(foreign, file), join(directory, file));
    await expect(unlockKeyring(database.db, directory)).rejects.toMatchObject({
      code: 'wrong-key',
      message: expect.stringMatching(/sealed copy$/),
    });
  });

  test('with a canary that was tampered with refuses', async () => {
    const { keyring } = await unlockKeyring(database.db, await newDirectory());
    await runAs(database.owner, `UPDATE secret_canary SET id = 'c0ffee00-0000-4000-8000-000000000000'`);
    await expect(checkKey(database.db, keyring)).rejects.toMatchObject({ code: 'secret-altered' });
  });
});
