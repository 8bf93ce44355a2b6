import { join } from 'node:path';
import { armor, Decrypter, Encrypter } from 'age-encryption';
import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { createKeyFile, readKeyFile } from './key-file.ts';
import { KEY_FILES, type Keyring, openKeyring, parseKeyring } from './keyring.ts';

/** Who can open an export: holders of age identities, or whoever knows a passphrase (age does not mix the two). */
export type ExportFor = { readonly recipients: readonly string[] } | { readonly passphrase: string };

/** What opens an export. */
export type OpenWith = { readonly identity: string } | { readonly passphrase: string };

/** A shorter passphrase is guessed offline in spite of age's scrypt. */
const PASSPHRASE_CHARACTERS_MIN = 12;

const exportSchema = z.strictObject({
  format: z.literal('muster-key-export'),
  version: z.literal(1),
  exportedAt: z.iso.datetime(),
  masterKeyId: z.string(),
  signingKeyId: z.string(),
  files: z.strictObject({ master: z.string(), signing: z.string() }),
});

type KeyExport = z.infer<typeof exportSchema>;

/**
 * Every key file that a restore on a new machine needs, sealed as an armoured age file (age-encryption.org/v1, which the
 * `age` program opens too). It is as secret as the identity or passphrase that opens it.
 *
 * A passphrase costs about a second of CPU on the calling thread (scrypt), each way: a matter for the command line.
 *
 * @throws AppError `invalid` for no or a malformed recipient or a short passphrase; `wrong-key` when the files in the
 * directory are not those of `keyring`; those of {@link readKeyFile}.
 */
export async function exportKeys(options: {
  readonly keyring: Keyring;
  readonly keyDirectory: string;
  readonly exportFor: ExportFor;
  readonly exportedAt: Temporal.Instant;
}): Promise<string> {
  const { keyring, keyDirectory } = options;
  const encrypter = encrypterFor(options.exportFor);
  const files = {
    master: await readKeyFile(join(keyDirectory, KEY_FILES.master)),
    signing: await readKeyFile(join(keyDirectory, KEY_FILES.signing)),
  };
  const payload: KeyExport = {
    format: 'muster-key-export',
    version: 1,
    exportedAt: options.exportedAt.toString(),
    masterKeyId: keyring.masterKeyId,
    signingKeyId: keyring.signingKeyId,
    files,
  };
  const found = parseKeyring(files, keyDirectory);
  if (!sameKeys(found, keyring)) {
    const message = `The key files in ${keyDirectory} are not the keys in use: restart on the right files, then export`;
    throw new AppError('unprocessable', 'wrong-key', message);
  }
  return `${armor.encode(await encrypter.encrypt(JSON.stringify(payload)))}\n`;
}

/**
 * The keyring inside an export, without writing anything.
 *
 * @throws AppError `invalid` `bad-identity`; `unprocessable` `export-not-opened` (wrong identity or passphrase, or a
 * damaged file), `export-damaged` (opened, but not what it should hold).
 */
export async function openExport(exported: string, openWith: OpenWith): Promise<Keyring> {
  return checkedKeyring(await decrypt(exported, openWith), 'the export');
}

/**
 * Puts the key files of an export into a directory, for a restore. Files that are there already stay as they are, and
 * must hold the same keys.
 *
 * @throws AppError as {@link openExport}; `conflict` `key-exists` when the directory holds another key.
 */
export async function importKeys(exported: string, openWith: OpenWith, targetDirectory: string): Promise<Keyring> {
  const payload = await decrypt(exported, openWith);
  const wanted = checkedKeyring(payload, 'the export');
  for (const kind of ['master', 'signing'] as const) {
    await createKeyFile(join(targetDirectory, KEY_FILES[kind]), payload.files[kind]);
  }
  const present = await openKeyring(targetDirectory);
  if (sameKeys(present, wanted)) return present;
  throw new AppError(
    'conflict',
    'key-exists',
    `${targetDirectory} holds another key than the export: move its key files away, or import into an empty directory`,
  );
}

type KeyIds = Pick<Keyring, 'masterKeyId' | 'signingKeyId'>;

/** Whether two keyrings hold the same keys. */
export function sameKeys(one: KeyIds, other: KeyIds): boolean {
  return one.masterKeyId === other.masterKeyId && one.signingKeyId === other.signingKeyId;
}

function encrypterFor(exportFor: ExportFor): Encrypter {
  const encrypter = new Encrypter();
  if ('passphrase' in exportFor) {
    if (exportFor.passphrase.length < PASSPHRASE_CHARACTERS_MIN) {
      const message = `The passphrase must have at least ${PASSPHRASE_CHARACTERS_MIN} characters`;
      throw new AppError('invalid', 'short-passphrase', message);
    }
    encrypter.setPassphrase(exportFor.passphrase);
    return encrypter;
  }
  if (exportFor.recipients.length === 0) {
    throw new AppError('invalid', 'no-recipient', 'Name at least one recipient (age1...), or give a passphrase');
  }
  for (const recipient of exportFor.recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (thrown) {
      throw new AppError('invalid', 'bad-recipient', `${recipient} is no age recipient (age1...)`, { cause: thrown });
    }
  }
  return encrypter;
}

async function decrypt(exported: string, openWith: OpenWith): Promise<KeyExport> {
  const decrypter = decrypterFor(openWith);
  let text: string;
  try {
    text = await decrypter.decrypt(armor.decode(exported), 'text');
  } catch (thrown) {
    const how = 'passphrase' in openWith ? 'this passphrase' : 'this identity';
    throw new AppError(
      'unprocessable',
      'export-not-opened',
      `The key export does not open with ${how}: it was made for another, or the file is damaged`,
      { cause: thrown },
    );
  }
  const parsed = exportSchema.safeParse(jsonOf(text));
  if (!parsed.success) throw exportDamaged('is not a key export of a version that this release reads');
  return parsed.data;
}

function decrypterFor(openWith: OpenWith): Decrypter {
  const decrypter = new Decrypter();
  if ('passphrase' in openWith) {
    decrypter.addPassphrase(openWith.passphrase);
    return decrypter;
  }
  try {
    decrypter.addIdentity(openWith.identity);
  } catch {
    // The library's message may hold part of the identity.
    throw new AppError('invalid', 'bad-identity', 'This is no age identity (AGE-SECRET-KEY-1...)');
  }
  return decrypter;
}

function checkedKeyring(payload: KeyExport, place: string): Keyring {
  const keyring = parseKeyring(payload.files, place);
  if (sameKeys(keyring, payload)) return keyring;
  throw exportDamaged('names other keys than it holds');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function exportDamaged(what: string): AppError {
  return new AppError('unprocessable', 'export-damaged', `The key export ${what}`);
}
