import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

/** A new identifier: UUID version 7 (RFC 9562), so that ids made later sort later. */
export function newId(): string {
  return v7();
}

/** Whether a text has the form of an id, so that the database can be asked for it. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** A new secret of 256 random bits as 43 characters of base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
