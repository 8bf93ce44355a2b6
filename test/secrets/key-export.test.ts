import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealCanary } from '../../src/secrets/canary.ts';
import { exportKeys, importKeys, openExport } from '../../src/secrets/key-export.ts';
import { ensureKeyExport } from '../../src/secrets/key-export-file.ts';
import { createKeyring, KEY_FILES, type Keyring, openKeyring } from '../../src/secrets/keyring.ts';
import { ensureRecoveryIdentity, openExportedCanary } from '../../src/secrets/recovery-identity.ts';
import { openSecret, sealSecret } from '../../src/secrets/sealed-secret.ts';
import { fixedClock } from '../support/clock.ts';

const exportedAt = fixedClock('2026-11-22T10:00:00Z').now();
let root: string;
let keyDirectory: string;
let keyring: Keyring;
let identity: string;
let recipient: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'muster-export-'));
  keyDirectory = join(root, 'keys');
  keyring = await createKeyring(keyDirectory);
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const exportFor = (recipients: string[]) =>
  exportKeys({ keyring, keyDirectory, exportFor: { recipients }, exportedAt });

describe('a key export', () => {
  test('restores every key file on another machine, and opens the secrets there', async () => {
    const sealed = sealSecret(keyring, 'r', 'licence key');
    const exported = await exportFor([recipient]);
    const elsewhere = join(root, 'elsewhere');
    await importKeys(exported, { identity }, elsewhere);
    const restored = await openKeyring(elsewhere);
    expect(openSecret(restored, 'r', sealed)).toBe('licence key');
    expect(restored.signingKeyId).toBe(keyring.signingKeyId);
    for (const file of Object.values(KEY_FILES)) {
      expect(await readFile(join(elsewhere, file), 'utf8')).toBe(await readFile(join(keyDirectory, file), 'utf8'));
    }
  });

  test('is age text that shows nothing of the keys', async () => {
    const exported = await exportFor([recipient]);
    expect(exported).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    const master = (await readFile(join(keyDirectory, KEY_FILES.master), 'utf8')).split(':').at(-1)?.trim() ?? '-';
    expect(exported).not.toContain(master);
  });

  test('opens for each of several recipients, and for nobody else', async () => {
    const second = await generateX25519Identity();
    const exported = await exportFor([recipient, await identityToRecipient(second)]);
    for (const holder of [identity, second]) {
      expect((await openExport(exported, { identity: holder })).masterKeyId).toBe(keyring.masterKeyId);
    }
    const stranger = await generateX25519Identity();
    await expect(openExport(exported, { identity: stranger })).rejects.toMatchObject({ code: 'export-not-opened' });
  });

  test('with a passphrase opens with that passphrase only', { timeout: 60_000 }, async () => {
    const passphrase = 'wagon lemon orbit tulip';
    const exported = await exportKeys({ keyring, keyDirectory, exportFor: { passphrase }, exportedAt });
    expect((await openExport(exported, { passphrase })).masterKeyId).toBe(keyring.masterKeyId);
    await expect(openExport(exported, { passphrase: `${passphrase}!` })).rejects.toMatchObject({
      code: 'export-not-opened',
    });
  });

  test('with one byte changed or cut short does not open', async () => {
    const exported = await exportFor([recipient]);
    const middle = exported.length >> 1;
    const flipped = `${exported.slice(0, middle)}${exported[middle] === 'A' ? 'B' : 'A'}${exported.slice(middle + 1)}`;
    for (const damaged of [flipped, exported.slice(0, middle), '']) {
      await expect(openExport(damaged, { identity })).rejects.toMatchObject({ code: 'export-not-opened' });
    }
  });

  test('that opens but is no export is refused', async () => {
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    for (const text of ['hello', '{}', '{"format":"muster-key-export","version":9}']) {
      const foreign = armor.encode(await encrypter.encrypt(text));
      await expect(openExport(foreign, { identity }), text).rejects.toMatchObject({ code: 'export-damaged' });
    }
  });

  test.each([
    ['no recipient', { recipients: [] }, 'no-recipient'],
    ['a malformed recipient', { recipients: ['age1nonsense'] }, 'bad-recipient'],
    ['a short passphrase', { passphrase: 'hunter2' }, 'short-passphrase'],
  ])('is refused for %s', async (_what, options, code) => {
    const attempt = exportKeys({ keyring, keyDirectory, exportFor: options, exportedAt });
    await expect(attempt).rejects.toMatchObject({ kind: 'invalid', code });
  });

  test('never replaces another key; the same key is no conflict', async () => {
    const exported = await exportFor([recipient]);
    await importKeys(exported, { identity }, keyDirectory);
    const occupied = join(root, 'occupied');
    const other = await createKeyring(occupied);
    await expect(importKeys(exported, { identity }, occupied)).rejects.toMatchObject({ code: 'key-exists' });
    expect((await openKeyring(occupied)).masterKeyId).toBe(other.masterKeyId);
  });

  test('is refused when the directory holds other keys than the running service', async () => {
    const occupied = join(root, 'another');
    await createKeyring(occupied);
    const attempt = exportKeys({ keyring, keyDirectory: occupied, exportFor: { recipients: [recipient] }, exportedAt });
    await expect(attempt).rejects.toMatchObject({ code: 'wrong-key' });
  });

  test('is refused for what is no identity, without repeating it', async () => {
    const exported = await exportFor([recipient]);
    const attempt = openExport(exported, { identity: 'AGE-SECRET-KEY-1TYPO' });
    await expect(attempt).rejects.toMatchObject({ code: 'bad-identity', message: expect.not.stringContaining('TYPO') });
  });
});

describe("Muster's own drill", () => {
  test('opens the canary of a restored database with the export beside the backups, without the key files', async () => {
    const recovery = await ensureRecoveryIdentity(join(root, 'recovery'));
    const exportFile = join(root, 'backups', 'muster-keys.age');
    const canaryRow = sealCanary(keyring);
    expect(await ensureKeyExport({ keyring, keyDirectory, recovery, exportFile, exportedAt })).toBe(true);
    const opened = await openExportedCanary({ exportFile, identityFile: recovery.identityFile, canaryRow });
    expect(opened.masterKeyId).toBe(keyring.masterKeyId);
    expect((await stat(exportFile)).mode & 0o777).toBe(0o600);
  });

  test('the recovery identity is made once, for its owner only', async () => {
    const directory = join(root, 'once');
    const first = await ensureRecoveryIdentity(directory);
    expect(await ensureRecoveryIdentity(directory)).toEqual(first);
    expect((await stat(first.identityFile)).mode & 0o777).toBe(0o600);
  });

  test('an export of the present keys stays; a missing, damaged or outdated one is made anew', async () => {
    const recovery = await ensureRecoveryIdentity(join(root, 'renewed'));
    const exportFile = join(root, 'renewed', 'muster-keys.age');
    const ensure = (ring: Keyring, directory: string) =>
      ensureKeyExport({ keyring: ring, keyDirectory: directory, recovery, exportFile, exportedAt });
    expect(await ensure(keyring, keyDirectory)).toBe(true);
    expect(await ensure(keyring, keyDirectory)).toBe(false);
    await writeFile(exportFile, 'garbage');
    expect(await ensure(keyring, keyDirectory)).toBe(true);
    const newer = join(root, 'newer');
    const rotated = await createKeyring(newer);
    expect(await ensure(rotated, newer)).toBe(true);
  });

  test('fails for a canary of another key, a missing export and a lost identity', async () => {
    const recovery = await ensureRecoveryIdentity(join(root, 'failing'));
    const exportFile = join(root, 'failing', 'muster-keys.age');
    await ensureKeyExport({ keyring, keyDirectory, recovery, exportFile, exportedAt });
    const stranger = await createKeyring(join(root, 'stranger'));
    const { identityFile } = recovery;
    const attempts = [
      [{ exportFile, identityFile, canaryRow: sealCanary(stranger) }, 'secret-foreign-key'],
      [{ exportFile: `${exportFile}.gone`, identityFile, canaryRow: sealCanary(keyring) }, 'export-missing'],
      [{ exportFile, identityFile: `${identityFile}.gone`, canaryRow: sealCanary(keyring) }, 'key-missing'],
    ] as const;
    for (const [options, code] of attempts) {
      await expect(openExportedCanary(options), code).rejects.toMatchObject({ code });
    }
  });
});
