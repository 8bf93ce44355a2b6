import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { join } from 'node:path';
import { keyIdOf } from '../verification/signing-key.ts';
import { createKeyFile, keyDamaged, readKeyFile } from './key-file.ts';

/** The files of a keyring. A restore on another machine needs every one of them, and nothing else. */
export const KEY_FILES = { master: 'master.key', signing: 'signing-key.pem' } as const;

/** What keys are derived for. Each purpose has a key of its own, so that no text of one can stand in for another's. */
type KeyPurpose = 'secrets' | 'audit-seal';

/**
 * The keys of one installation, read from files outside the database. They are held as `KeyObject`s, which neither a log
 * nor an inspection prints.
 */
export interface Keyring {
  /** Fingerprint of the master key: 32 hexadecimal digits that tell nothing about the key. */
  readonly masterKeyId: string;
  readonly signingKeyId: string;
  /** Ed25519, private: signs audit anchors, manifests and evidence. */
  readonly signingKey: KeyObject;
  readonly publicKey: KeyObject;
  /** The 256-bit key for a purpose, derived from the master key (HKDF-SHA-256, RFC 5869). */
  keyFor(purpose: KeyPurpose): KeyObject;
}

const MASTER_PREFIX = 'MUSTER-MASTER-KEY-1:';
const MASTER_COMMENT =
  '# Muster master key. It opens every secret in the database and proves the audit trail. Keep a sealed copy: muster key export';

/**
 * Reads the keyring of a directory.
 *
 * @throws AppError `key-missing`, `key-exposed`, `key-damaged` or `key-unreadable`, naming the file.
 */
export async function openKeyring(directory: string): Promise<Keyring> {
  const masterPath = join(directory, KEY_FILES.master);
  const signingPath = join(directory, KEY_FILES.signing);
  const master = parseMasterKey(masterPath, await readKeyFile(masterPath));
  const signingKey = parseSigningKey(signingPath, await readKeyFile(signingPath));
  return keyringOf(master, signingKey);
}

/**
 * Makes the key files that are missing in a directory and reads the keyring. Only for a database that knows no key yet:
 * to any other, a new key is a wrong key.
 *
 * @throws AppError `unavailable` `key-not-written`; those of {@link openKeyring}.
 */
export async function createKeyring(directory: string): Promise<Keyring> {
  const master = randomBytes(32);
  await createKeyFile(join(directory, KEY_FILES.master), masterKeyText(master));
  const { privateKey } = generateKeyPairSync('ed25519');
  await createKeyFile(
    join(directory, KEY_FILES.signing),
    privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  return openKeyring(directory);
}

/** The keyring that the texts of key files hold; `place` names them in messages. For files that were exported. */
export function parseKeyring(texts: Readonly<Record<keyof typeof KEY_FILES, string>>, place: string): Keyring {
  return keyringOf(
    parseMasterKey(`${KEY_FILES.master} of ${place}`, texts.master),
    parseSigningKey(`${KEY_FILES.signing} of ${place}`, texts.signing),
  );
}

function keyringOf(master: KeyObject, signingKey: KeyObject): Keyring {
  const derive = (info: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', master, '', `muster/1/${info}`, bytes));
  return {
    masterKeyId: derive('key-id', 16).toString('hex'),
    signingKeyId: keyIdOf(signingKey),
    signingKey,
    publicKey: createPublicKey(signingKey),
    keyFor: (purpose) => createSecretKey(derive(purpose, 32)),
  };
}

function masterKeyText(master: Buffer): string {
  return `${MASTER_COMMENT}\n${MASTER_PREFIX}${master.toString('base64url')}\n`;
}

function parseMasterKey(path: string, text: string): KeyObject {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const encoded = lines.length === 1 && lines[0]?.startsWith(MASTER_PREFIX) ? lines[0].slice(MASTER_PREFIX.length) : '';
  const bytes = Buffer.from(encoded, 'base64url');
  if (bytes.length !== 32 || bytes.toString('base64url') !== encoded) {
    throw keyDamaged(path, 'does not hold a Muster master key');
  }
  return createSecretKey(bytes);
}

function parseSigningKey(path: string, pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The parser's message may quote the input, so it goes nowhere.
  }
  throw keyDamaged(path, 'does not hold an Ed25519 private key in PEM');
}
