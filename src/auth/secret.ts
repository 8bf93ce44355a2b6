import { hash } from 'node:crypto';
import { newSecret } from '../kernel/ids.ts';

/**
 * What a secret opens. Each kind has a prefix of its own, so that a scanner finds a leaked one, a log redacts it, and
 * none can be used in place of another.
 */
export type SecretKind = 'token' | 'sign-in-link' | 'session' | 'ping' | 'customer-link';

const PREFIXES: Readonly<Record<SecretKind, string>> = {
  token: 'muster_',
  'sign-in-link': 'muster_link_',
  session: 'muster_session_',
  ping: 'muster_ping_',
  'customer-link': 'muster_case_',
};

/** 256 random bits as base64url. */
const RANDOM_PART = /^[A-Za-z0-9_-]{43}$/;

/** A new secret of 256 random bits behind its kind's prefix. */
export function makeSecret(kind: SecretKind): string {
  return PREFIXES[kind] + newSecret();
}

/** Whether the text can be a secret of that kind at all. Anything else needs no look at the database. */
export function isSecret(kind: SecretKind, text: string): boolean {
  return text.startsWith(PREFIXES[kind]) && RANDOM_PART.test(text.slice(PREFIXES[kind].length));
}

/** The SHA-256 digest that is stored in place of the secret, in hexadecimal. */
export function digestOf(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** The digest of a text that was presented as a secret of a kind; undefined when it cannot be one. */
export function presentedDigest(kind: SecretKind, text: string): string | undefined {
  return isSecret(kind, text) ? digestOf(text) : undefined;
}

/** The text with every secret of ours in it replaced, for logs. */
export function redactSecrets(text: string): string {
  if (!text.includes('muster_')) return text;
  return text.replaceAll(/muster_(?:link_|session_|ping_|case_)?[A-Za-z0-9_-]{43}/g, '[redacted]');
}
