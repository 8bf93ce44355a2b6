import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { AppError, messageOf } from '../kernel/errors.ts';
import { printable } from '../verification/finding.ts';
import { requireFile } from './passphrase-file.ts';

/** No key file is larger; a larger one is something else. */
const KEY_FILE_BYTES_MAX = 16 * 1024;

const OTHERS_BITS = 0o077;

/**
 * The Ed25519 private key in a PEM file.
 * @throws AppError `usage` `no-such-file` or `bad-key-file`; `unprocessable` `key-exposed` when others may read it.
 */
export async function readSigningKey(option: string, file: string): Promise<KeyObject> {
  const text = await readPem(option, file);
  if (((await stat(file)).mode & OTHERS_BITS) !== 0) {
    const message = `The key file ${printable(file)} is open to other users: run chmod 600 on it, and ask who could have read it`;
    throw new AppError('unprocessable', 'key-exposed', message);
  }
  if (/-----BEGIN PUBLIC KEY-----/.test(text))
    throw bad(option, file, 'holds a public key; signing needs the private one');
  if (/ENCRYPTED/.test(text)) throw bad(option, file, 'is locked with a passphrase, which cannot be given here');
  return ed25519(option, file, () => createPrivateKey(text));
}

/**
 * The Ed25519 public key in a PEM file. A private key is taken for its public half.
 * @throws AppError `usage` `no-such-file` or `bad-key-file`.
 */
export async function readPublicKey(option: string, file: string): Promise<KeyObject> {
  const text = await readPem(option, file);
  return ed25519(option, file, () => createPublicKey(text));
}

async function readPem(option: string, file: string): Promise<string> {
  requireFile(option, file);
  const found = await stat(file);
  if (!found.isFile() || found.size > KEY_FILE_BYTES_MAX) throw bad(option, file, 'is no key file');
  return readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new AppError('unavailable', 'key-unreadable', `${option}: ${messageOf(thrown)}`, { cause: thrown });
  });
}

function ed25519(option: string, file: string, parse: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch {
    // The library's own words are about its internals, and might quote the key.
    throw bad(option, file, 'holds no key in PEM form');
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw bad(option, file, `holds a key of the type ${key.asymmetricKeyType}; manifests are signed with Ed25519`);
}

function bad(option: string, file: string, what: string): AppError {
  return new AppError('usage', 'bad-key-file', `${option}: ${printable(file)} ${what}`);
}
