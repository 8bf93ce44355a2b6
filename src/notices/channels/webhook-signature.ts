import { createHmac, randomBytes } from 'node:crypto';

/** Standard Webhooks 1.0: secrets have 24 to 64 bytes, and this prefix. */
const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A new secret that a channel and its receiver share: `whsec_` and base64. */
export function makeWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** What is signed: the message's id, the instant of the attempt in seconds since 1970, and the body as it is sent. */
export interface SignedContent {
  readonly id: string;
  readonly timestampSeconds: number;
  readonly body: string;
}

/**
 * The headers of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body` under each of the secrets, `v1,BASE64` with blanks
 * between. Two are valid while a secret is being exchanged.
 */
export function signedHeaders(secrets: readonly string[], { id, timestampSeconds, body }: SignedContent) {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signatures.join(' '),
  };
}
