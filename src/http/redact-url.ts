import { redactSecrets } from '../auth/secret.ts';

/** Query parameters whose values are never told, beside anything that looks like a secret of ours. */
const SECRET_PARAMETERS = /([?&](?:token|secret|key|password|signature)=)[^&]*/gi;

/** In a ping address the second segment is the secret, in whatever way it is written. */
const PING_SECRET = /^\/ping\/[^/?]+/;

/** A path, with or without query, without secrets: for logs and answers. */
export function redactUrl(url: string): string {
  const plain = url.startsWith('/ping/') ? url.replace(PING_SECRET, '/ping/[redacted]') : url;
  return redactSecrets(plain.includes('?') ? plain.replaceAll(SECRET_PARAMETERS, '$1[redacted]') : plain);
}
