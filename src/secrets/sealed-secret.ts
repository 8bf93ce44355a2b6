import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../kernel/errors.ts';
import type { Keyring } from './keyring.ts';

/** Version of the text form: `mss1.KEY-ID.NONCE.CIPHERTEXT-AND-TAG`, the last two in base64url. */
const FORM = 'mss1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a text with AES-256-GCM under the keyring's key for secrets. The record's id is bound to it as associated data, so
 * a sealed text that is moved to another record does not open there. A record with several secrets adds the field's name:
 * `ID/password`. Random 96-bit nonces are safe for 2^32 texts under one key (NIST SP 800-38D, 8.3).
 */
export function sealSecret(keyring: Keyring, recordId: string, plaintext: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyring.keyFor('secrets'), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(keyring.masterKeyId, recordId));
  const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return [FORM, keyring.masterKeyId, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
}

/**
 * Opens what {@link sealSecret} made for the same record.
 *
 * @throws AppError `unprocessable`: `secret-unreadable` when it is no sealed text, `secret-foreign-key` when another key
 * sealed it, `secret-altered` when it was changed or belongs to another record. No message holds any of the text.
 */
export function openSecret(keyring: Keyring, recordId: string, sealed: string): string {
  const { keyId, nonce, body } = parse(recordId, sealed);
  if (keyId !== keyring.masterKeyId) {
    throw new AppError(
      'unprocessable',
      'secret-foreign-key',
      `The secret of ${recordId} was sealed with key ${keyId}; the key at hand is ${keyring.masterKeyId}`,
    );
  }
  const decipher = createDecipheriv('aes-256-gcm', keyring.keyFor('secrets'), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associatedData(keyId, recordId));
  decipher.setAuthTag(body.subarray(body.length - TAG_BYTES));
  try {
    return decipher.update(body.subarray(0, body.length - TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw new AppError(
      'unprocessable',
      'secret-altered',
      `The secret of ${recordId} does not open: it was changed, or it was sealed for another record`,
    );
  }
}

function associatedData(keyId: string, recordId: string): Buffer {
  return Buffer.from(JSON.stringify([FORM, keyId, recordId]));
}

function parse(recordId: string, sealed: string): { keyId: string; nonce: Buffer; body: Buffer } {
  const match = /^mss1\.([0-9a-f]{32})\.([\w-]{16})\.([\w-]+)$/.exec(sealed);
  const [, keyId = '', nonce = '', text = ''] = match ?? [];
  const body = Buffer.from(text, 'base64url');
  if (!match || body.length < TAG_BYTES) {
    throw new AppError('unprocessable', 'secret-unreadable', `The secret of ${recordId} has no form that Muster wrote`);
  }
  return { keyId, nonce: Buffer.from(nonce, 'base64url'), body };
}
