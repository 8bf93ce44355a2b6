import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { AppError } from '../kernel/errors.ts';

/** As `signBytes` writes it. */
const SIGNATURE_HEX = /^[0-9a-f]{128}$/;

/**
 * The id of an Ed25519 key: the first 128 bits of the SHA-256 of its public half in SPKI DER form, as 32 lower-case
 * hexadecimal digits. Private and public half have the same id.
 *
 * @throws {AppError} `invalid` when the key is not an Ed25519 key.
 */
export function keyIdOf(key: KeyObject): string {
  requireEd25519(key);
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 32);
}

/** The Ed25519 signature of the bytes, as 128 lower-case hexadecimal digits. */
export function signBytes(bytes: Uint8Array, privateKey: KeyObject): string {
  requireEd25519(privateKey);
  return sign(null, bytes, privateKey).toString('hex');
}

/** Whether the signature, in the form that `signBytes` gives, is that key's signature of the bytes. */
export function signatureFits(bytes: Uint8Array, signatureHex: string, publicKey: KeyObject): boolean {
  requireEd25519(publicKey);
  // Decoding overlooks capitals, and whatever follows the digits: an edit there would be found by nobody.
  if (!SIGNATURE_HEX.test(signatureHex)) return false;
  return verify(null, bytes, publicKey, Buffer.from(signatureHex, 'hex'));
}

function requireEd25519(key: KeyObject): void {
  if (key.asymmetricKeyType === 'ed25519') return;
  throw new AppError(
    'invalid',
    'key-not-ed25519',
    `Manifests are signed with Ed25519 keys; this key is ${key.asymmetricKeyType ?? key.type}.`,
  );
}
